namespace MixMq.EndToEnd.Tests;

/// <summary>Each of these tests runs nine processes: one after another, not at once.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DemoCollection
{
    public const string Name = "Demo";
}
