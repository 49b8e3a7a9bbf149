using MixMq.EndToEnd.Tests.Consuming;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("MixMq.EndToEnd.Tests.LongFirst", "MixMq.EndToEnd.Tests")]

namespace MixMq.EndToEnd.Tests;

/// <summary>Two collections run at a time: begun in any order, the longest could be left for the end, alone.</summary>
public sealed class LongFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [RigCollection.Name, DemoCollection.Name, KeptDemoCollection.Name];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.IndexOf(Long, collection.DisplayName) is var place and >= 0 ? place : Long.Length);
}
