using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Tests.Paths;

/// <summary>Which keys and delays a drawn path gets.</summary>
public sealed class PathDressTests
{
    private const uint Epoch = 7;
    private readonly Dictionary<(NodeAddress, uint), MixPublicKey> _keys = [];
    private readonly List<NodeAddress> _line = [];
    private NetworkParameters _network = null!;

    [Fact]
    [Trait("Spec", "MIX-9")]
    public void Each_hop_has_the_key_of_the_epoch_in_which_the_packet_should_arrive()
    {
        var routes = Routes(meanDelayMs: 300);
        var turn = EpochClock.StartOf(_network, Epoch + 1);
        var path = new List<PathHop>();
        var epochs = new HashSet<uint>();
        for (var i = 0; i < 100; i++)
        {
            var arrival = turn - 400;
            Assert.True(routes.TryRoute(_line[^1], new Moment(1, arrival), path));
            foreach (var hop in path)
            {
                var epoch = EpochClock.EpochAt(_network, arrival);
                epochs.Add(epoch);
                Assert.Equal(_keys[(hop.Address, epoch)], hop.MixPublic);
                arrival += hop.DelayMs;
            }
        }

        Assert.Equal([Epoch, Epoch + 1], epochs.Order());
    }

    [Fact]
    [Trait("Spec", "MIX-18")]
    public void Delays_are_drawn_afresh_never_above_the_cap_and_the_last_hop_has_none()
    {
        var routes = Routes(meanDelayMs: 800);
        var path = new List<PathHop>();
        var delays = new List<uint>();
        for (var i = 0; i < 300; i++)
        {
            Assert.True(routes.TryRoute(_line[^1], new Moment(1, EpochClock.StartOf(_network, Epoch)), path));
            Assert.Equal(0u, path[^1].DelayMs);
            delays.AddRange(path[..^1].Select(hop => hop.DelayMs));
        }

        // Of an exponential distribution of mean 800 that is cut at 1000, the mean is 800 − 1000 / (e^1.25 − 1), about 398.
        Assert.True(delays.Max() is > 950 and <= 1000);
        Assert.True(delays.Distinct().Count() > 300);
        Assert.InRange(delays.Average(delay => delay), 370, 430);
    }

    [Fact]
    [Trait("Spec", "SPX-21")]
    public void A_way_back_leads_from_the_other_end_to_this_node_and_expires_with_the_first_epoch_of_its_keys()
    {
        var routes = Routes(meanDelayMs: 300);
        var turn = EpochClock.StartOf(_network, Epoch + 1);
        var path = new List<PathHop>();
        var ends = new HashSet<uint>();
        for (var i = 0; i < 100; i++)
        {
            var arrival = turn - 1 + (i % 2 * 2);
            Assert.True(routes.TryReturn(_line[^1], new Moment(1, arrival), path, out var expiry));
            Assert.Equal(_line[^1], path[0].Address);
            Assert.Equal(_line[0], path[^1].Address);
            Assert.Equal((_network.PathLinks + 1, 0u), (path.Count, path[^1].DelayMs));
            Assert.Equal(EpochClock.StartOf(_network, EpochClock.EpochAt(_network, arrival) + 1), expiry * 1000L);
            ends.Add(expiry);
            foreach (var hop in path)
            {
                Assert.Equal(_keys[(hop.Address, EpochClock.EpochAt(_network, arrival))], hop.MixPublic);
                arrival += hop.DelayMs;
            }
        }

        Assert.Equal(2, ends.Count);
    }

    private TopologyRoutes Routes(double meanDelayMs)
    {
        Assert.True(NetworkDefinition.TryCreate("dress", PacketGeometry.Default, 1000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var network, out _, pathLinks: 4));
        _network = network;
        var seeds = Enumerable.Range(1, 5).Select(number => (byte[])[(byte)number, .. new byte[31]]).ToArray();
        foreach (var seed in seeds)
        {
            var address = new byte[32];
            Ed25519.DerivePublic(seed, address);
            _line.Add(NodeAddress.FromBytes(address));
        }

        var records = _line.Select((_, i) => Record(i)).ToArray();
        var routes = new TopologyRoutes(
            new EndpointOptions { Network = network, Own = _line[0], MeanDelayMs = meanDelayMs }, new SeededRandomSource(5));
        routes.Update(TopologyView.FromRecords(records, network));
        return routes;
    }

    private LinkStateRecord Record(int index)
    {
        var keys = new List<PublishedMixKey>();
        foreach (var epoch in new[] { Epoch, Epoch + 1 })
        {
            var bytes = new byte[32];
            X25519.DerivePublic([(byte)(index + 1), (byte)epoch, .. new byte[30]], bytes);
            keys.Add(new PublishedMixKey(epoch, _keys[(_line[index], epoch)] = MixPublicKey.FromBytes(bytes)));
        }

        var draft = new LinkStateDraft
        {
            Address = _line[index],
            Sequence = 1,
            IssuedUnixMillis = 1,
            ExpiresUnixMillis = 2,
            Flags = index is 0 or 4 ? LinkStateFlags.None : LinkStateFlags.Relays,
            MixKeys = [.. keys],
            Neighbours = [.. _line.Where((_, other) => Math.Abs(other - index) == 1).Order()],
        };
        var encoded = LinkStateDraft.Complete(draft.ToSignedMessage(_network.Definition), new byte[64]);
        LinkStateRecord.TryParse(encoded, _network.Definition, out var record);
        return record!;
    }
}
