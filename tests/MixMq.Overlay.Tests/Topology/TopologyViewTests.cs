using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Topology;

public sealed class TopologyViewTests
{
    private const long Issued = 1_800_000_000_000;

    [Fact]
    [Trait("Spec", "TOP-21")]
    public void Only_links_that_both_ends_claim_count_and_the_others_can_be_shown()
    {
        var (a, b, c) = (new TestIdentity(1), new TestIdentity(2), new TestIdentity(3));
        var unknown = new TestIdentity(4).Address;
        var view = TopologyView.FromRecords(
            [a.Record(1, Issued, b.Address, c.Address), b.Record(1, Issued, a.Address, unknown), c.Record(1, Issued, b.Address)],
            TestNetwork.Parameters);
        var node = Find(view, a.Address);
        Assert.Equal([b.Address], node.Links.Select(link => view.Nodes[link].Address));
        Assert.Equal([c.Address], node.OneSided.AsEnumerable());
        Assert.Equal([unknown], Find(view, b.Address).OneSided.AsEnumerable());
        Assert.Empty(Find(view, c.Address).Links);
        Assert.False(view.TryFind(unknown, out var index));
        Assert.Equal(-1, index);
    }

    [Fact]
    [Trait("Spec", "TOP-21")]
    public void No_node_has_more_links_than_the_network_allows_and_both_ends_agree()
    {
        var identities = Enumerable.Range(1, 40).Select(number => new TestIdentity(number)).ToArray();
        var addresses = identities.Select(identity => identity.Address).ToArray();
        var view = TopologyView.FromRecords(
            identities.Select(identity => identity.Record(1, Issued, [.. addresses.Where(other => other != identity.Address)])),
            TestNetwork.Parameters);
        for (var i = 0; i < view.Nodes.Length; i++)
        {
            Assert.InRange(view.Nodes[i].Links.Length, 1, TestNetwork.Parameters.MaxLinks);
            Assert.All(view.Nodes[i].Links, j => Assert.Contains(i, view.Nodes[j].Links));
            Assert.Equal(39, view.Nodes[i].Links.Length + view.Nodes[i].OneSided.Length);
        }
    }

    [Fact]
    public void Mix_keys_are_found_by_epoch()
    {
        var identity = new TestIdentity(1);
        var view = TopologyView.FromRecords([TestIdentity.Parse(identity.Encode(identity.Draft(1, Issued)))], TestNetwork.Parameters);
        Assert.True(view.TryGetMixKey(0, 101, out var key));
        Assert.Equal(identity.MixKeys[1].Key, key);
        Assert.False(view.TryGetMixKey(0, 99, out _));
        Assert.False(view.TryGetMixKey(0, 103, out _));
    }

    private static TopologyNode Find(TopologyView view, NodeAddress address)
    {
        Assert.True(view.TryFind(address, out var index));
        return view.Nodes[index];
    }
}
