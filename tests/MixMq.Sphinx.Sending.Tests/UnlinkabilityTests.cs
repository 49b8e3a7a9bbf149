using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Sending.Tests;

/// <summary>What a relay's neighbours could compare: its input with its output, and forward packets with replies.</summary>
public sealed class UnlinkabilityTests
{
    private static readonly Gen<(int Slots, int Hops, int Body, int Reply, int Seed)> Cases =
        from slots in Gen.Choose(2, 14)
        from hops in Gen.Choose(2, slots)
        from body in Gen.Choose(64, 700)
        from reply in Gen.Choose(64, body)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select (slots, hops, body, reply, seed);

    [Fact]
    public void A_relays_input_and_output_share_no_eight_bytes() => Check(30, (chain, packet, unwrapper) =>
    {
        for (var hop = 0; hop < chain.Keys.Length - 1; hop++)
        {
            var input = (byte[])packet.Clone();
            Assert.Equal(UnwrapKind.Relay, unwrapper.Unwrap(packet, chain.Network, [chain.Keys[hop]]).Kind);
            Assert.False(SharesEightBytes(input, packet), $"Hop {hop} lets bytes through.");
        }
    });

    [Fact]
    public void Bytes_that_are_let_through_would_be_found()
    {
        var input = new byte[500];
        var output = new byte[500];
        new SeededRandomSource("in").Fill(input);
        new SeededRandomSource("out").Fill(output);
        Assert.False(SharesEightBytes(input, output));
        input.AsSpan(301, 8).CopyTo(output.AsSpan(77));
        Assert.True(SharesEightBytes(input, output));
    }

    [Fact]
    public void A_forward_packet_and_a_reply_have_the_same_size_and_outcome_at_every_relay() => Check(30, (chain, forward, unwrapper) =>
    {
        var (wire, state) = MakeSurb(chain);
        using (state)
        {
            var reply = Use(chain, wire);
            for (var hop = 0; hop < chain.Keys.Length - 1; hop++)
            {
                Assert.Equal(forward.Length, reply.Length);
                Assert.Equal(forward[0], reply[0]);
                Assert.True(X25519.IsCanonical(reply.AsSpan(1, 32)));
                var one = unwrapper.Unwrap(forward, chain.Network, [chain.Keys[hop]]);
                var other = unwrapper.Unwrap(reply, chain.Network, [chain.Keys[hop]]);
                Assert.Equal(one, other);
                Assert.Equal(UnwrapKind.Relay, one.Kind);
            }
        }
    });

    [Fact]
    public void Each_single_bit_before_lane_b_is_seen_at_each_hop()
    {
        // Every bit of the smallest packet with a relay in it; larger ones are drawn from in the properties beside this.
        var network = TestChain.CreateNetwork(new PacketGeometry(2, 64, 64));
        using var chain = new TestChain(network, 2, new SeededRandomSource("every bit"), replayCapacity: 1);
        using var unwrapper = new Unwrapper();
        var packet = chain.Wrap("message"u8);
        var changed = new byte[packet.Length];
        for (var hop = 0; hop < 2; hop++)
        {
            for (var bit = 0; bit < 8 * network.Geometry.LaneBOffset; bit++)
            {
                packet.CopyTo(changed, 0);
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                var reason = unwrapper.Unwrap(changed, network, [chain.Keys[hop]]).Reason;
                Assert.Equal(bit < 8 ? DropReason.WrongVersion : bit == 263 ? DropReason.AlphaNotCanonical : DropReason.AuthenticationFailed, reason);
            }

            Assert.NotEqual(UnwrapKind.Dropped, unwrapper.Unwrap(packet, network, [chain.Keys[hop]]).Kind);
        }
    }

    [Fact]
    public void A_second_copy_is_dropped_at_every_hop_and_nothing_opens_after_its_key_is_destroyed() => Check(20, (chain, packet, unwrapper) =>
    {
        for (var hop = 0; hop < chain.Keys.Length; hop++)
        {
            var copy = (byte[])packet.Clone();
            var late = (byte[])packet.Clone();
            Assert.NotEqual(UnwrapKind.Dropped, unwrapper.Unwrap(packet, chain.Network, [chain.Keys[hop]]).Kind);
            Assert.Equal(DropReason.Replayed, unwrapper.Unwrap(copy, chain.Network, [chain.Keys[hop]]).Reason);
            chain.Keys[hop].Dispose();
            Assert.Equal(DropReason.KeyDestroyed, unwrapper.Unwrap(late, chain.Network, [chain.Keys[hop]]).Reason);
        }
    });

    [Fact]
    public void Of_two_threads_with_one_packet_exactly_one_gets_it_in_every_geometry() => Check(20, (chain, packet, _) =>
    {
        var kinds = new UnwrapKind[2];
        using var start = new Barrier(2);
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            using var own = new Unwrapper();
            var copy = (byte[])packet.Clone();
            start.SignalAndWait();
            kinds[i] = own.Unwrap(copy, chain.Network, [chain.Keys[0]]).Kind;
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal([UnwrapKind.Dropped, UnwrapKind.Relay], kinds.Order());
    });

    private static void Check(int tests, Action<TestChain, byte[], Unwrapper> body) => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var network = TestChain.CreateNetwork(new PacketGeometry(c.Slots, c.Body, c.Reply));
        using var chain = new TestChain(network, c.Hops, new SeededRandomSource(c.Seed));
        using var unwrapper = new Unwrapper();
        body(chain, chain.Wrap("message"u8), unwrapper);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithReplay(11, 13));

    // The version is one byte, so eight in a row that are shared are always something else.
    private static bool SharesEightBytes(byte[] input, byte[] output)
    {
        var seen = new HashSet<ulong>();
        for (var i = 0; i <= input.Length - 8; i++)
        {
            seen.Add(BitConverter.ToUInt64(input, i));
        }

        return Enumerable.Range(0, output.Length - 7).Any(i => seen.Contains(BitConverter.ToUInt64(output, i)));
    }

    private static (byte[] Wire, SurbState State) MakeSurb(TestChain chain)
    {
        var wire = new byte[Surb.WireBytes(chain.Network.Geometry)];
        using var writer = new SurbWriter();
        Assert.Equal(WrapResult.Wrapped, writer.Make(chain.Network, chain.Path, 1000, chain.Random, wire, out var state));
        return (wire, state!);
    }

    private static byte[] Use(TestChain chain, byte[] wire)
    {
        var packet = new byte[chain.Network.Geometry.PacketBytes];
        using var aead = new AeadContext();
        Assert.Equal(SurbUse.Built, Surb.TryUse(chain.Network, wire, "answer"u8, 0, chain.Random, aead, packet));
        return packet;
    }
}
