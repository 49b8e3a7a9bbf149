using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Sending.Tests;

public sealed class SurbTests : IDisposable
{
    private const uint Expiry = 1000;
    private readonly AeadContext _aead = new();
    private readonly Unwrapper _unwrapper = new();
    private readonly SurbWriter _writer = new();

    public void Dispose()
    {
        _aead.Dispose();
        _unwrapper.Dispose();
        _writer.Dispose();
    }

    [Fact]
    public void A_reply_of_any_length_over_any_path_in_any_geometry_comes_back()
    {
        var cases =
            from slots in Gen.Choose(2, 12)
            from hops in Gen.Choose(2, slots)
            from body in Gen.Choose(64, 700)
            from reply in Gen.Choose(64, body)
            from length in Gen.Choose(0, reply - 44)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (slots, hops, body, reply, length, seed);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var network = TestChain.CreateNetwork(new PacketGeometry(c.slots, c.body, c.reply));
            using var chain = new TestChain(network, c.hops, new SeededRandomSource(c.seed));
            var message = new byte[c.length];
            chain.Random.Fill(message);
            var (wire, state) = Make(chain);
            var packet = Use(chain, wire, message);
            Relay(chain, packet, c.hops - 1);
            var result = _unwrapper.Unwrap(packet, network, [chain.Keys[^1]]);
            Assert.Equal((UnwrapKind.Reply, state.Id), (result.Kind, result.SurbId));
            Assert.Equal(DropReason.None, state.TryOpen(packet.AsSpan(result.Offset, result.Length), _aead, out var opened));
            Assert.Equal(message, opened.ToArray());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(80).WithReplay(7, 9));
    }

    [Fact]
    public void A_changed_lane_b_is_noticed_by_the_maker_alone()
    {
        var network = TestChain.CreateNetwork(new PacketGeometry(5, 256, 96));
        using var chain = new TestChain(network, 4, new SeededRandomSource("tamper"), replayCapacity: 4096);
        for (var i = 0; i < 96; i++)
        {
            var (wire, state) = Make(chain);
            var packet = Use(chain, wire, "answer"u8);
            Relay(chain, packet, 2);
            packet[network.Geometry.LaneBOffset + i] ^= (byte)(1 << (i % 8));
            Assert.Equal(UnwrapKind.Relay, _unwrapper.Unwrap(packet, network, [chain.Keys[2]]).Kind);
            var result = _unwrapper.Unwrap(packet, network, [chain.Keys[3]]);
            Assert.Equal(UnwrapKind.Reply, result.Kind);
            Assert.Equal(DropReason.AuthenticationFailed, state.TryOpen(packet.AsSpan(result.Offset, result.Length), _aead, out var opened));
            Assert.True(opened.IsEmpty);
        }
    }

    [Fact]
    [Trait("Spec", "SPX-22")]
    public void A_changed_surb_dies_where_it_is_used()
    {
        var network = TestChain.CreateNetwork(new PacketGeometry(4, 128, 64));
        using var chain = new TestChain(network, 3, new SeededRandomSource("changed"));
        var (wire, state) = Make(chain);
        using (state)
        {
            for (var i = 1; i < wire.Length - sizeof(uint); i++)
            {
                var changed = (byte[])wire.Clone();
                changed[i] ^= 1;
                var result = _unwrapper.Unwrap(Use(chain, changed, "x"u8), network, [chain.Keys[0]]);
                Assert.Equal(UnwrapKind.Dropped, result.Kind);
            }
        }
    }

    [Fact]
    [Trait("Spec", "SPX-22")]
    public void A_surb_used_twice_is_a_replay_at_its_first_hop()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 3, new SeededRandomSource("twice"));
        var (wire, state) = Make(chain);
        using (state)
        {
            Assert.Equal(UnwrapKind.Relay, _unwrapper.Unwrap(Use(chain, wire, "one"u8), network, [chain.Keys[0]]).Kind);
            Assert.Equal(DropReason.Replayed, _unwrapper.Unwrap(Use(chain, wire, "two"u8), network, [chain.Keys[0]]).Reason);
        }
    }

    [Fact]
    [Trait("Spec", "SPX-23")]
    public void A_state_opens_once_and_is_destroyed_by_a_failure_too()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 2, new SeededRandomSource("once"));
        var (_, state) = Make(chain);
        Assert.Equal(DropReason.AuthenticationFailed, state.TryOpen(new byte[512], _aead, out _));
        Assert.Throws<ObjectDisposedException>(() => state.TryOpen(new byte[512], _aead, out _));
        var (_, other) = Make(chain);
        Assert.Equal(DropReason.WrongLength, other.TryOpen(new byte[511], _aead, out _));
        Assert.Throws<ObjectDisposedException>(() => other.TryOpen(new byte[512], _aead, out _));
    }

    [Fact]
    public void A_state_that_was_kept_elsewhere_opens_the_same_reply()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 2, new SeededRandomSource("kept"));
        var (wire, state) = Make(chain);
        var kept = new byte[SurbState.KeptBytes(network.Geometry)];
        state.CopyKeptTo(kept);
        state.Dispose();
        var packet = Use(chain, wire, "answer"u8);
        Relay(chain, packet, 1);
        var result = _unwrapper.Unwrap(packet, network, [chain.Keys[1]]);
        using var again = SurbState.FromKept(network, state.Id, state.ExpiryUnixSeconds, kept);
        Assert.Equal(result.SurbId, again.Id);
        Assert.Equal(DropReason.None, again.TryOpen(packet.AsSpan(result.Offset, result.Length), _aead, out var opened));
        Assert.Equal("answer"u8.ToArray(), opened.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => SurbState.FromKept(network, again.Id, 0, kept.AsSpan(1)));
        Assert.Throws<ObjectDisposedException>(() => state.CopyKeptTo(kept));
    }

    [Fact]
    [Trait("Spec", "SPX-27")]
    public void A_surb_that_can_not_be_used_says_why()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 3, new SeededRandomSource("refuse"));
        var (wire, state) = Make(chain);
        using (state)
        {
            var packet = new byte[network.Geometry.PacketBytes];
            SurbUse Try(ReadOnlySpan<byte> surb, int length, uint now) =>
                Surb.TryUse(network, surb, new byte[length], now, chain.Random, _aead, packet);

            Assert.Equal(645, wire.Length);
            Assert.Equal(SurbUse.WrongLength, Try(wire.AsSpan(1), 1, 0));
            Assert.Equal(SurbUse.WrongLength, Try(default, 1, 0));
            Assert.Equal(SurbUse.Expired, Try(wire, 1, Expiry));
            Assert.Equal(SurbUse.Built, Try(wire, 468, Expiry - 1));
            Assert.Equal(SurbUse.MessageTooLong, Try(wire, 469, 0));
            wire[0] = 2;
            Assert.Equal(SurbUse.WrongVersion, Try(wire, 1, 0));
        }
    }

    [Fact]
    public void A_path_for_a_surb_has_at_least_its_user_and_its_maker()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 2, new SeededRandomSource("short"));
        var wire = new byte[Surb.WireBytes(network.Geometry)];
        Assert.Equal(WrapResult.PathTooShort, _writer.Make(network, chain.Path.AsSpan(0, 1), Expiry, chain.Random, wire, out var state));
        Assert.Null(state);
        Assert.Throws<ArgumentException>(() => _writer.Make(network, chain.Path, Expiry, chain.Random, new byte[5], out _));
    }

    [Fact]
    public void A_replys_lane_a_is_at_each_relay_as_random_as_a_forward_packets()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 4, new SeededRandomSource("looks"));
        var (wire, state) = Make(chain);
        using (state)
        {
            var packet = Use(chain, wire, default);
            for (var i = 0; i < 3; i++)
            {
                Assert.InRange(packet.AsSpan(network.Geometry.LaneAOffset).Count((byte)0), 0, 30);
                Assert.Equal(UnwrapKind.Relay, _unwrapper.Unwrap(packet, network, [chain.Keys[i]]).Kind);
            }
        }
    }

    private (byte[] Wire, SurbState State) Make(TestChain chain)
    {
        var wire = new byte[Surb.WireBytes(chain.Network.Geometry)];
        Assert.Equal(WrapResult.Wrapped, _writer.Make(chain.Network, chain.Path, Expiry, chain.Random, wire, out var state));
        return (wire, state!);
    }

    private byte[] Use(TestChain chain, byte[] wire, ReadOnlySpan<byte> message)
    {
        var packet = new byte[chain.Network.Geometry.PacketBytes];
        Assert.Equal(SurbUse.Built, Surb.TryUse(chain.Network, wire, message, 0, chain.Random, _aead, packet));
        return packet;
    }

    private void Relay(TestChain chain, byte[] packet, int hops)
    {
        for (var i = 0; i < hops; i++)
        {
            Assert.Equal(UnwrapKind.Relay, _unwrapper.Unwrap(packet, chain.Network, [chain.Keys[i]]).Kind);
        }
    }
}
