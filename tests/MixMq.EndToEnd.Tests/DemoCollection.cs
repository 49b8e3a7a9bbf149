namespace MixMq.EndToEnd.Tests;

/// <summary>Each of these tests runs the demonstration, ten processes: one after another, beside those of <see cref="RigCollection"/>.</summary>
[CollectionDefinition(Name)]
public sealed class DemoCollection
{
    public const string Name = "Demo";
}
