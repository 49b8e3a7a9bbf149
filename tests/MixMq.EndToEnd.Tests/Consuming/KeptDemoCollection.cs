namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>Tests that share one running network, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class KeptDemoCollection : ICollectionFixture<KeptDemo>
{
    public const string Name = "Kept demo";
}
