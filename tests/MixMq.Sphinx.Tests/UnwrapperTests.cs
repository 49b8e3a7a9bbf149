using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Tests;

public sealed class UnwrapperTests : IDisposable
{
    private readonly NetworkDefinition _network = TestChain.CreateNetwork();
    private readonly Unwrapper _unwrapper = new();
    private readonly MixKey _key = MixKey.Generate(1, 1000, new SeededRandomSource("key"));

    public void Dispose()
    {
        _unwrapper.Dispose();
        _key.Dispose();
    }

    [Fact]
    [Trait("Spec", "SPX-5")]
    [Trait("Spec", "SPX-6")]
    [Trait("Spec", "SPX-7")]
    public void Wrong_lengths_versions_and_alphas_are_told_apart()
    {
        AssertDropped(DropReason.WrongLength, []);
        AssertDropped(DropReason.WrongLength, new byte[_network.Geometry.PacketBytes - 1]);
        AssertDropped(DropReason.WrongLength, new byte[_network.Geometry.PacketBytes + 1]);
        var packet = new byte[_network.Geometry.PacketBytes];
        AssertDropped(DropReason.WrongVersion, packet);
        packet[0] = 2;
        AssertDropped(DropReason.WrongVersion, packet);
        packet[0] = 1;
        AssertDropped(DropReason.SharedSecretZero, packet);
        packet.AsSpan(1, 32).Fill(0xff);
        AssertDropped(DropReason.AlphaNotCanonical, packet);
        packet[32] = 0x7f;
        AssertDropped(DropReason.AlphaNotCanonical, packet);
        packet[1] = 0xe0;
        packet[5] = 0;
        AssertDropped(DropReason.AuthenticationFailed, packet);
    }

    [Fact]
    public void Random_bytes_of_the_right_size_are_dropped_and_left_as_they_were()
    {
        var random = new SeededRandomSource("noise");
        var packet = new byte[_network.Geometry.PacketBytes];
        for (var i = 0; i < 50; i++)
        {
            random.Fill(packet);
            packet[0] = 1;
            packet[32] &= 0x7f;
            var before = (byte[])packet.Clone();
            AssertDropped(DropReason.AuthenticationFailed, packet);
            Assert.Equal(before, packet);
        }
    }

    [Fact]
    [Trait("Spec", "SPX-10")]
    public void Authenticated_but_malformed_slots_are_dropped_for_their_fault()
    {
        AssertSlot(DropReason.UnknownCommand, _ => { });
        AssertSlot(DropReason.UnknownCommand, s => s[0] = 5);
        AssertSlot(DropReason.UnknownCommand, s => s[0] = 255);
        for (var i = 1; i < 4; i++)
        {
            for (byte command = 1; command <= 4; command++)
            {
                AssertSlot(DropReason.NonZeroReserved, s => (s[0], s[i]) = (command, 1));
            }
        }

        for (var i = 4; i < PacketFormat.SlotBytes; i++)
        {
            AssertSlot(DropReason.NonZeroReserved, s => (s[0], s[i]) = (2, 1));
            AssertSlot(DropReason.NonZeroReserved, s => (s[0], s[i]) = (4, 1));
            AssertSlot(i is >= 8 and < 24 ? DropReason.None : DropReason.NonZeroReserved, s => (s[0], s[i]) = (3, 1));
        }
    }

    [Fact]
    [Trait("Spec", "SPX-10")]
    public void A_delay_at_the_cap_is_obeyed_and_one_above_it_is_dropped()
    {
        var at = HandmadePacket.Make(_network, _key, (slot, _) => SetDelay(slot, 60_000));
        var result = _unwrapper.Unwrap(at, _network, [_key]);
        Assert.Equal(UnwrapKind.Relay, result.Kind);
        Assert.Equal(60_000u, result.DelayMs);
        AssertSlot(DropReason.DelayAboveCap, s => SetDelay(s, 60_001));
        AssertSlot(DropReason.DelayAboveCap, s => SetDelay(s, uint.MaxValue));
    }

    [Fact]
    [Trait("Spec", "SPX-12")]
    public void A_message_may_fill_its_lane_and_not_be_longer_or_followed_by_anything()
    {
        var capacity = (uint)_network.Geometry.MessageCapacity;
        AssertLane(DropReason.None, lane => HandmadePacket.WriteLength(lane, capacity));
        AssertLane(DropReason.LengthTooLarge, lane => HandmadePacket.WriteLength(lane, capacity + 1));
        AssertLane(DropReason.LengthTooLarge, lane => HandmadePacket.WriteLength(lane, uint.MaxValue));
        AssertLane(DropReason.LengthTooLarge, lane => HandmadePacket.WriteLength(lane, 0x8000_0000));
        AssertLane(DropReason.PaddingNotZero, lane => lane[4] = 1);
        AssertLane(DropReason.PaddingNotZero, lane => lane[^1] = 1);
        AssertLane(DropReason.None, lane => (lane[0], lane[4]) = (1, 1));
    }

    [Fact]
    public void Cover_ends_here_whatever_lane_a_holds()
    {
        var packet = HandmadePacket.Make(_network, _key, (slot, lane) =>
        {
            slot[0] = 4;
            lane.Fill(0xee);
        });
        Assert.Equal(UnwrapKind.Cover, _unwrapper.Unwrap(packet, _network, [_key]).Kind);
    }

    [Fact]
    public void A_reply_gives_the_surb_id_and_lane_b()
    {
        var id = Enumerable.Range(1, 16).Select(i => (byte)i).ToArray();
        var packet = HandmadePacket.Make(_network, _key, (slot, _) =>
        {
            slot[0] = 3;
            id.CopyTo(slot[8..]);
        });
        var result = _unwrapper.Unwrap(packet, _network, [_key]);
        Assert.Equal(UnwrapKind.Reply, result.Kind);
        Assert.Equal(SurbId.FromBytes(id), result.SurbId);
        Assert.Equal((_network.Geometry.LaneBOffset, 512), (result.Offset, result.Length));
        Assert.Equal("Reply", result.ToString());
    }

    [Fact]
    [Trait("Spec", "SPX-9")]
    public void A_copy_is_dropped_and_a_packet_that_failed_leaves_no_tag()
    {
        var packet = HandmadePacket.Make(_network, _key, (slot, _) => slot[0] = 2);
        var copy = (byte[])packet.Clone();
        var changed = (byte[])packet.Clone();
        changed[700] ^= 1;
        AssertDropped(DropReason.AuthenticationFailed, changed);
        Assert.Equal(0, _key.ReplayFilter.Count);
        Assert.Equal(UnwrapKind.Deliver, _unwrapper.Unwrap(packet, _network, [_key]).Kind);
        AssertDropped(DropReason.Replayed, copy);
    }

    [Fact]
    [Trait("Spec", "SPX-9")]
    [Trait("Spec", "SPX-15")]
    public void Of_two_threads_with_the_same_packet_exactly_one_gets_it()
    {
        for (var round = 0; round < 20; round++)
        {
            var packet = HandmadePacket.Make(_network, _key, (slot, _) => slot[0] = 2, seed: round);
            var delivered = 0;
            var replayed = 0;
            Parallel.For(0, 2, _ =>
            {
                using var unwrapper = new Unwrapper();
                var result = unwrapper.Unwrap((byte[])packet.Clone(), _network, [_key]);
                Interlocked.Add(ref delivered, result.Kind == UnwrapKind.Deliver ? 1 : 0);
                Interlocked.Add(ref replayed, result.Reason == DropReason.Replayed ? 1 : 0);
            });
            Assert.Equal((1, 1), (delivered, replayed));
        }
    }

    [Fact]
    [Trait("Spec", "SPX-16")]
    public void A_full_filter_drops_what_is_new()
    {
        using var key = MixKey.Generate(1, 1, new SeededRandomSource("full"));
        var first = HandmadePacket.Make(_network, key, (slot, _) => slot[0] = 2, seed: 1);
        var second = HandmadePacket.Make(_network, key, (slot, _) => slot[0] = 2, seed: 2);
        Assert.Equal(UnwrapKind.Deliver, _unwrapper.Unwrap(first, _network, [key]).Kind);
        Assert.Equal(DropReason.ReplayFilterFull, _unwrapper.Unwrap(second, _network, [key]).Reason);
    }

    [Fact]
    [Trait("Spec", "SPX-8")]
    public void A_second_key_is_tried_when_the_first_does_not_authenticate()
    {
        using var coming = MixKey.Generate(2, 10, new SeededRandomSource("coming"));
        var packet = HandmadePacket.Make(_network, _key, (slot, _) => slot[0] = 2);
        Assert.Equal(UnwrapKind.Deliver, _unwrapper.Unwrap(packet, _network, [coming, _key]).Kind);
        Assert.Equal(0, coming.ReplayFilter.Count);
    }

    [Fact]
    [Trait("Spec", "SPX-4")]
    public void A_destroyed_key_opens_nothing()
    {
        var packet = HandmadePacket.Make(_network, _key, (slot, _) => slot[0] = 2);
        _key.Dispose();
        AssertDropped(DropReason.KeyDestroyed, packet);
        Assert.Equal(DropReason.KeyDestroyed, _unwrapper.Unwrap(packet, _network, []).Reason);
        using var other = MixKey.Generate(2, 10, new SeededRandomSource("other"));
        Assert.Equal(DropReason.AuthenticationFailed, _unwrapper.Unwrap(packet, _network, [_key, other]).Reason);
        Assert.False(_unwrapper.TryGetReplayTag(packet, _network, _key, new byte[16]));
    }

    [Fact]
    [Trait("Spec", "SPX-24")]
    public void A_packet_of_another_network_is_noise()
    {
        var other = TestChain.CreateNetwork(name: "other");
        var packet = HandmadePacket.Make(other, _key, (slot, _) => slot[0] = 2);
        AssertDropped(DropReason.AuthenticationFailed, packet);
    }

    [Fact]
    public void The_replay_tag_can_be_read_without_using_the_packet_up()
    {
        var packet = HandmadePacket.Make(_network, _key, (slot, _) => slot[0] = 2);
        var tag = new byte[16];
        Assert.True(_unwrapper.TryGetReplayTag(packet, _network, _key, tag));
        Assert.Equal(UnwrapKind.Deliver, _unwrapper.Unwrap(packet, _network, [_key]).Kind);
        Assert.Equal(ReplayInsert.Duplicate, _key.ReplayFilter.TryInsert(tag));
    }

    [Fact]
    public void Unwrapping_allocates_nothing_on_the_gc_heap()
    {
        var packets = Enumerable.Range(0, 200)
            .Select(i => HandmadePacket.Make(_network, _key, (slot, _) => slot[0] = (byte)(1 + (i % 4)), seed: i))
            .ToArray();
        var keys = new[] { _key };
        for (var i = 0; i < 100; i++)
        {
            _unwrapper.Unwrap(packets[i], _network, keys);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 100; i < 200; i++)
        {
            _unwrapper.Unwrap(packets[i], _network, keys);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200, _key.ReplayFilter.Count);
    }

    private static void SetDelay(Span<byte> slot, uint delayMs)
    {
        slot[0] = 1;
        BitConverter.TryWriteBytes(slot[4..], delayMs);
    }

    private void AssertDropped(DropReason reason, byte[] packet) => Assert.Equal(reason, _unwrapper.Unwrap(packet, _network, [_key]).Reason);

    private void AssertSlot(DropReason reason, WriteSlot write) => AssertFresh(reason, (slot, _) => write(slot));

    private void AssertLane(DropReason reason, WriteSlot write) => AssertFresh(reason, (slot, lane) =>
    {
        slot[0] = 2;
        write(lane);
    });

    private void AssertFresh(DropReason reason, Action<Span<byte>, Span<byte>> write)
    {
        using var key = MixKey.Generate(1, 1, new SeededRandomSource("fresh"));
        Assert.Equal(reason, _unwrapper.Unwrap(HandmadePacket.Make(_network, key, write), _network, [key]).Reason);
    }

    private delegate void WriteSlot(Span<byte> slot);
}
