using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests;

public class RootTypeTests
{
    [Fact]
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
        Assert.Throws<InvalidOperationException>(second.Return);
        Assert.Equal(1, pool.Outstanding);
    }

    [Fact]
    public void Default_parameters_are_valid_and_their_grace_follows()
    {
        Assert.True(NetworkParameters.TryCreate(Definition(60_000), out var parameters, out var errors));
        Assert.Empty(errors);
        Assert.Equal(420, parameters.GraceSeconds);
        Assert.Equal(1 + 3169, parameters.CellBytes);
    }

    [Fact]
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

    private static NetworkDefinition Definition(int maxDelayMs)
    {
        Assert.True(NetworkDefinition.TryCreate("test", PacketGeometry.Default, maxDelayMs, out var definition, out _));
        return definition;
    }
}
