using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests;

public class RootTypeTests
{
    [Fact]
    [Trait("Spec", "MIX-15")]
    public void A_pool_hands_out_no_more_than_its_limit_and_cleared_buffers()
    {
        var pool = new PacketPool(16, 2);
        Assert.True(pool.TryRent(out var first));
        Assert.True(pool.TryRent(out var second));
        Assert.False(pool.TryRent(out _));
        first.Cell.Fill(7);
        first.Return();
        Assert.True(pool.TryRent(out var again));
        Assert.Same(first, again);
        Assert.False(again.Cell.ContainsAnyExcept((byte)0));
        Assert.Equal(2, pool.Outstanding);
        second.Return();
        Assert.Throws<System.Diagnostics.UnreachableException>(second.Return);
        Assert.Equal(1, pool.Outstanding);
    }

    [Fact]
    [Trait("Spec", "MIX-1")]
    public void Default_parameters_are_valid_and_their_grace_follows()
    {
        Assert.True(NetworkParameters.TryCreate(Definition(60_000), out var parameters, out var errors));
        Assert.Empty(errors);
        Assert.Equal(420, parameters.GraceSeconds);
        Assert.Equal(1 + 3169, parameters.CellBytes);
    }

    [Fact]
    [Trait("Spec", "MIX-1")]
    [Trait("Spec", "MIX-2")]
    [Trait("Spec", "MIX-3")]
    [Trait("Spec", "MIX-17")]
    public void Everything_wrong_with_parameters_is_said_at_once()
    {
        Assert.False(NetworkParameters.TryCreate(
            Definition(60_000), out _, out var errors, pathLinks: 10, maxLinks: 0, epochSeconds: 0, skewSeconds: -1, graceSeconds: 1));
        Assert.Equal(5, errors.Length);
    }

    [Fact]
    public void Everything_wrong_with_options_is_said_at_once()
    {
        var own = NodeAddress.FromBytes(new byte[32]);
        var options = new OverlayOptions
        {
            Network = World.SmallParameters(),
            Own = own,
            Relays = true,
            Peers = [new PeerOptions(own, "self", true, false), new PeerOptions(NodeAddress.FromBytes([.. new byte[31], 1]), "self", false, false)],
            DelayQueueLimit = 0,
        };
        Assert.Equal(4, options.Validate().Length);
    }

    [Fact]
    [Trait("Spec", "MIX-10")]
    public void A_replay_filter_has_room_for_all_that_the_rate_lets_in_while_its_key_is_accepted()
    {
        Assert.True(NetworkParameters.TryCreate(Definition(60_000), out var parameters, out _));
        var options = new OverlayOptions
        {
            Network = parameters, Own = NodeAddress.FromBytes(new byte[32]), Relays = true, Peers = [], NodePacketsPerSecond = 700, NodePacketBurst = 900,
        };
        Assert.Equal(900 + (700L * (3600 + 420 + 120)), options.ReplayCapacity);
        Assert.Empty(options.Validate());

        // What no filter can hold isn't started with.
        Assert.Single((options with { NodePacketsPerSecond = 1_000_000 }).Validate());
    }

    private static NetworkDefinition Definition(int maxDelayMs)
    {
        Assert.True(NetworkDefinition.TryCreate("test", PacketGeometry.Default, maxDelayMs, out var definition, out _));
        return definition;
    }
}
