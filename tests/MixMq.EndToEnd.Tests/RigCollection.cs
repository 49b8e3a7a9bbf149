namespace MixMq.EndToEnd.Tests;

/// <summary>Networks that tests make themselves, and what befalls them: one after another. Most of their time is waiting, for what real processes do at real times; meanwhile demonstrations run.</summary>
[CollectionDefinition(Name)]
public sealed class RigCollection
{
    public const string Name = "Rigs";
}
