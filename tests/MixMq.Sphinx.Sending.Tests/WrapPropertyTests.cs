using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Sending.Tests;

public sealed class WrapPropertyTests
{
    [Fact]
    public void Any_message_over_any_path_in_any_geometry_arrives_and_every_hop_sees_only_its_own()
    {
        var cases =
            from slots in Gen.Choose(1, 14)
            from hops in Gen.Choose(1, slots)
            from body in Gen.Choose(64, 700)
            from reply in Gen.Choose(64, body)
            from length in Gen.Choose(0, body - 4)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (slots, hops, body, reply, length, seed);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var network = TestChain.CreateNetwork(new PacketGeometry(c.slots, c.body, c.reply));
            using var chain = new TestChain(network, c.hops, new SeededRandomSource(c.seed));
            using var unwrapper = new Unwrapper();
            var message = new byte[c.length];
            chain.Random.Fill(message);
            var packet = chain.Wrap(message);
            for (var i = 0; i < c.hops - 1; i++)
            {
                var result = unwrapper.Unwrap(packet, network, [chain.Keys[i]]);
                Assert.Equal(UnwrapKind.Relay, result.Kind);
                Assert.Equal((chain.Path[i + 1].Address, chain.Path[i].DelayMs), (result.Next, result.DelayMs));
            }

            var last = unwrapper.Unwrap(packet, network, [chain.Keys[^1]]);
            Assert.Equal(UnwrapKind.Deliver, last.Kind);
            Assert.Equal(message, packet.AsSpan(last.Offset, last.Length).ToArray());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(120).WithReplay(3, 5));
    }

    [Fact]
    public void The_product_of_scalars_gives_the_packet_of_the_plain_form()
    {
        // The specification's plain form: alpha and every remaining public key go through a ladder for each blinding scalar.
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 8, new SeededRandomSource("plain"));
        using var unwrapper = new Unwrapper();
        var x = new byte[32];
        chain.Random.Fill(x);
        var packet = new byte[network.Geometry.PacketBytes];
        using var writer = new PacketWriter();
        Assert.Equal(WrapResult.Wrapped, writer.WrapWith(network, chain.Path, RoutingCommand.Deliver, [1], x, chain.Random, packet));

        var alpha = new byte[32];
        X25519.DerivePublic(x, alpha);
        var points = chain.Path.Select(hop => Ladder(x, Bytes(hop.MixPublic))).ToArray();
        var tag = new byte[16];
        for (var i = 0; i < points.Length; i++)
        {
            var keys = HopKeys.Derive(network, points[i], alpha, chain.Path[i].MixPublic, new byte[HopKeys.ByteLength]);
            Assert.Equal(alpha, packet.AsSpan(1, 32).ToArray());
            Assert.True(unwrapper.TryGetReplayTag(packet, network, chain.Keys[i], tag));
            Assert.Equal(keys.ReplayTag.ToArray(), tag);
            Assert.NotEqual(UnwrapKind.Dropped, unwrapper.Unwrap(packet, network, [chain.Keys[i]]).Kind);
            var blind = keys.Blind.ToArray();
            alpha = Ladder(blind, alpha);
            points = [.. points.Select((point, j) => j > i ? Ladder(blind, point) : point)];
        }
    }

    [Fact]
    [Trait("Spec", "SPX-8")]
    public void A_flipped_bit_anywhere_before_lane_b_kills_the_packet_at_the_next_honest_hop()
    {
        var network = TestChain.CreateNetwork(new PacketGeometry(5, 256, 64));
        using var chain = new TestChain(network, 3, new SeededRandomSource("flip"), replayCapacity: 1);
        using var unwrapper = new Unwrapper();
        var packet = chain.Wrap("message"u8);
        for (var hop = 0; hop < 3; hop++)
        {
            for (var i = 0; i < network.Geometry.LaneBOffset; i++)
            {
                var changed = (byte[])packet.Clone();
                changed[i] ^= (byte)(1 << ((i + hop) % 8));
                var result = unwrapper.Unwrap(changed, network, [chain.Keys[hop]]);
                Assert.Equal(UnwrapKind.Dropped, result.Kind);
                Assert.Equal(
                    i == 0 ? DropReason.WrongVersion : DropReason.AuthenticationFailed,
                    result.Reason == DropReason.AlphaNotCanonical ? DropReason.AuthenticationFailed : result.Reason);
            }

            Assert.NotEqual(UnwrapKind.Dropped, unwrapper.Unwrap(packet, network, [chain.Keys[hop]]).Kind);
        }
    }

    [Fact]
    public void A_changed_lane_b_never_changes_what_is_delivered()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 4, new SeededRandomSource("lane b"));
        using var unwrapper = new Unwrapper();
        var packet = chain.Wrap("message"u8);
        for (var i = 0; i < 3; i++)
        {
            chain.Random.Fill(packet.AsSpan(network.Geometry.LaneBOffset));
            Assert.Equal(UnwrapKind.Relay, unwrapper.Unwrap(packet, network, [chain.Keys[i]]).Kind);
        }

        packet.AsSpan(network.Geometry.LaneBOffset).Clear();
        var result = unwrapper.Unwrap(packet, network, [chain.Keys[3]]);
        Assert.Equal("message"u8.ToArray(), packet.AsSpan(result.Offset, result.Length).ToArray());
    }

    [Fact]
    [Trait("Spec", "SPX-26")]
    public void Cover_ends_at_its_last_hop()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 3, new SeededRandomSource("cover"));
        using var unwrapper = new Unwrapper();
        var packet = chain.WrapCover();
        Assert.Equal(UnwrapKind.Relay, unwrapper.Unwrap(packet, network, [chain.Keys[0]]).Kind);
        Assert.Equal(UnwrapKind.Relay, unwrapper.Unwrap(packet, network, [chain.Keys[1]]).Kind);
        Assert.Equal(UnwrapKind.Cover, unwrapper.Unwrap(packet, network, [chain.Keys[2]]).Kind);
    }

    [Fact]
    [Trait("Spec", "SPX-18")]
    public void The_last_hops_padding_is_never_zeros_and_tells_nothing_of_the_paths_length()
    {
        var network = TestChain.CreateNetwork();
        for (var hops = 1; hops < 10; hops++)
        {
            using var chain = new TestChain(network, hops, new SeededRandomSource(hops));
            using var unwrapper = new Unwrapper();
            var packet = chain.Wrap("message"u8);
            for (var i = 0; i < hops; i++)
            {
                Assert.NotEqual(UnwrapKind.Dropped, unwrapper.Unwrap(packet, network, [chain.Keys[i]]).Kind);
            }

            // After the slot itself, beta is as the last hop decrypted it.
            for (var slot = 1; slot < 10; slot++)
            {
                var start = PacketFormat.BetaOffset + (slot * PacketFormat.SlotBytes);
                Assert.InRange(packet.AsSpan(start, PacketFormat.SlotBytes).Count((byte)0), 0, 6);
            }
        }
    }

    [Fact]
    [Trait("Spec", "SPX-17")]
    public void The_same_random_bytes_twice_still_give_two_different_packets()
    {
        var network = TestChain.CreateNetwork();
        using var chain = new TestChain(network, 3, new SeededRandomSource("repeat"));
        using var writer = new PacketWriter();
        var packets = new List<byte[]>();
        foreach (var message in new[] { "one", "one", "two" })
        {
            var packet = new byte[network.Geometry.PacketBytes];
            var random = new SeededRandomSource("a snapshot of the same state");
            writer.Wrap(network, chain.Path, System.Text.Encoding.UTF8.GetBytes(message), random, packet);
            packets.Add(packet);
        }

        using var restored = new PacketWriter();
        var again = new byte[network.Geometry.PacketBytes];
        restored.Wrap(network, chain.Path, "other"u8, new SeededRandomSource("a snapshot of the same state"), again);
        packets.Add(again);
        Assert.Equal(4, packets.Select(p => Convert.ToHexString(p.AsSpan(1, 32))).Distinct().Count());
    }

    [Fact]
    [Trait("Spec", "SPX-28")]
    public void What_can_not_be_wrapped_is_said()
    {
        var network = TestChain.CreateNetwork(new PacketGeometry(3, 64, 64), maxDelayMs: 200);
        using var chain = new TestChain(network, 4, new SeededRandomSource("errors"));
        using var writer = new PacketWriter();
        var packet = new byte[network.Geometry.PacketBytes];
        var path = chain.Path;
        WrapResult Try(ReadOnlySpan<PathHop> hops, int length) => writer.Wrap(network, hops, new byte[length], chain.Random, packet);

        Assert.Equal(WrapResult.PathTooShort, Try([], 1));
        Assert.Equal(WrapResult.PathTooLong, Try(path, 1));
        Assert.Equal(WrapResult.MessageTooLong, Try(path.AsSpan(0, 3), 61));
        Assert.Equal(WrapResult.Wrapped, Try(path.AsSpan(0, 3), 60));
        Assert.Equal(WrapResult.DelayAboveCap, Try([path[0] with { DelayMs = 201 }, path[1]], 1));
        Assert.Equal(WrapResult.Wrapped, Try([path[0], path[1] with { DelayMs = 201 }], 1));
        Assert.Equal(WrapResult.DelayAboveCap, Try([path[0] with { DelayMs = 201 }, path[1]], 61));
        Assert.Equal(WrapResult.UnusableMixKey, Try([path[0], path[1] with { MixPublic = default }], 1));
        Assert.Throws<ArgumentException>(() => writer.Wrap(network, chain.Path.AsSpan(0, 1), default, chain.Random, new byte[5]));
    }

    [Fact]
    public void What_is_made_from_a_given_scalar_is_held_against_the_same_limits()
    {
        var network = TestChain.CreateNetwork(new PacketGeometry(2, 64, 64), maxDelayMs: 200);
        using var chain = new TestChain(network, 3, new SeededRandomSource("given"));
        using var writer = new PacketWriter();
        var packet = new byte[network.Geometry.PacketBytes];
        var path = chain.Path;
        WrapResult Try(RoutingCommand command, int hops, int length, int scalar = 32) =>
            writer.WrapWith(network, path.AsSpan(0, hops), command, new byte[length], new byte[scalar], chain.Random, packet);

        Assert.Equal(WrapResult.Wrapped, Try(RoutingCommand.Drop, 2, 0));
        Assert.Equal(WrapResult.PathTooShort, Try(RoutingCommand.Deliver, 0, 1));
        Assert.Equal(WrapResult.PathTooLong, Try(RoutingCommand.Deliver, 3, 1));
        Assert.Equal(WrapResult.MessageTooLong, Try(RoutingCommand.Deliver, 2, 61));
        Assert.Throws<ArgumentException>(() => Try(RoutingCommand.Reply, 2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Try(RoutingCommand.Deliver, 2, 1, scalar: 31));
    }

    private static byte[] Bytes(MixPublicKey key)
    {
        var bytes = new byte[32];
        key.CopyTo(bytes);
        return bytes;
    }

    private static byte[] Ladder(byte[] scalar, byte[] u)
    {
        var product = new byte[32];
        Assert.True(X25519.TryDerive(scalar, u, product));
        return product;
    }
}
