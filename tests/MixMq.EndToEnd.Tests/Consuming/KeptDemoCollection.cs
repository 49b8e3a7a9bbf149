namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>Tests that share one running network, one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KeptDemoCollection : ICollectionFixture<KeptDemo>
{
    public const string Name = "Kept demo";
}
