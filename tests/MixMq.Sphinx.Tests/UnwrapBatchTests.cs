using FsCheck;
using FsCheck.Fluent;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Tests;

/// <summary>A batch against the same packets one by one.</summary>
public sealed class UnwrapBatchTests : IDisposable
{
    private readonly NetworkDefinition _network = TestChain.CreateNetwork(new PacketGeometry(4, 200, 80));
    private readonly NetworkDefinition _other = TestChain.CreateNetwork(new PacketGeometry(4, 200, 80), name: "other");
    private readonly Unwrapper _unwrapper = new();

    public void Dispose() => _unwrapper.Dispose();

    [Fact]
    [Trait("Spec", "SPX-25")]
    public void A_batch_of_anything_gives_what_unwrapping_one_by_one_gives()
    {
        var seen = new Dictionary<(UnwrapKind, DropReason), int>();
        var cases =
            from count in Gen.Choose(0, Unwrapper.MaxBatch)
            from capacity in Gen.Elements(1L, 5L, 20L, 1000L)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (count, capacity, seed);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            foreach (var result in AssertSame($"mix {c.seed}", c.count, c.capacity))
            {
                seen[(result.Kind, result.Reason)] = seen.GetValueOrDefault((result.Kind, result.Reason)) + 1;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(3, 5));

        // Every outcome that there is has been among them.
        foreach (var reason in Enum.GetValues<DropReason>().Where(reason => reason != DropReason.None))
        {
            Assert.True(seen.ContainsKey((UnwrapKind.Dropped, reason)), reason.ToString());
        }

        foreach (var kind in Enum.GetValues<UnwrapKind>().Where(kind => kind != UnwrapKind.Dropped))
        {
            Assert.True(seen.ContainsKey((kind, DropReason.None)), kind.ToString());
        }
    }

    [Fact]
    public void Batches_of_every_size_give_what_unwrapping_one_by_one_gives()
    {
        for (var count = 0; count <= Unwrapper.MaxBatch; count++)
        {
            AssertSame($"size {count}", count, 1000);
        }
    }

    [Fact]
    [Trait("Spec", "SPX-9")]
    public void Of_copies_in_one_batch_the_first_gets_through_under_whatever_key_it_opens()
    {
        using var current = MixKey.Generate(1, 10, new SeededRandomSource("current"));
        using var grace = MixKey.Generate(0, 10, new SeededRandomSource("grace"));
        var packet = HandmadePacket.Make(_network, grace, (slot, _) => slot[0] = 2);

        // The first packet is opened one round later than the second: the order of the batch decides all the same.
        byte[][] packets = [[.. packet], [.. packet], [.. packet]];
        var results = Unwrap(new TestBatch(packets, [[current, grace], [grace], [grace, current]]));
        Assert.Equal(UnwrapKind.Deliver, results[0].Kind);
        Assert.Equal([DropReason.Replayed, DropReason.Replayed], [results[1].Reason, results[2].Reason]);
        Assert.Equal((0, 1), (current.ReplayFilter.Count, grace.ReplayFilter.Count));
    }

    [Fact]
    public void A_packets_place_and_its_neighbours_change_nothing()
    {
        using var key = MixKey.Generate(1, 10, new SeededRandomSource("key"));
        var packet = HandmadePacket.Make(_network, key, (slot, _) => slot[0] = 1);
        var expected = (byte[])packet.Clone();
        Assert.Equal(UnwrapKind.Relay, _unwrapper.Unwrap(expected, _network, [key]).Kind);
        foreach (var place in new[] { 0, 1, 7, 8, 30, 62, 63 })
        {
            using var mixed = new MixedPackets(_network, _other, $"neighbours {place}", Unwrapper.MaxBatch, 1000);
            using var same = MixKey.FromSecret(1, Secret(key), 10, new SeededRandomSource("same"));
            mixed.Packets[place] = (byte[])packet.Clone();
            mixed.Candidates[place] = [same];
            Assert.Equal(UnwrapKind.Relay, Unwrap(new TestBatch(mixed.Packets, mixed.Candidates))[place].Kind);
            Assert.Equal(expected, mixed.Packets[place]);
        }
    }

    [Fact]
    [Trait("Spec", "SPX-4")]
    public void Keys_are_in_use_during_a_batch_only_and_nothing_is_left_behind()
    {
        var mixed = new MixedPackets(_network, _other, "keys", Unwrapper.MaxBatch, 1000);
        Unwrap(new TestBatch(mixed.Packets, mixed.Candidates));
        Assert.True(_unwrapper.IsClear);

        // A key that somebody still used would stay alive after this, and its filter readable.
        mixed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mixed.Current.ReplayFilter.TryInsert(new byte[16]));
        Assert.Throws<ObjectDisposedException>(() => mixed.Grace.ReplayFilter.TryInsert(new byte[16]));
        var results = Unwrap(new TestBatch([HandmadePacket.Make(_network, mixed.Current, (slot, _) => slot[0] = 2)], [[mixed.Current]]));
        Assert.Equal(DropReason.KeyDestroyed, results[0].Reason);
    }

    [Fact]
    public void What_throws_in_between_leaves_no_key_in_use_and_no_secret()
    {
        var key = MixKey.Generate(1, 10, new SeededRandomSource("key"));
        var batch = new ThrowingBatch(HandmadePacket.Make(_network, key, (slot, _) => slot[0] = 2), key, failAfter: 4);
        Assert.Throws<InvalidOperationException>(() => _unwrapper.UnwrapBatch(ref batch, _network, new UnwrapResult[3]));
        Assert.True(_unwrapper.IsClear);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.ReplayFilter.TryInsert(new byte[16]));
    }

    [Fact]
    public void More_packets_than_a_batch_takes_and_too_few_results_are_refused()
    {
        var batch = new TestBatch(new byte[Unwrapper.MaxBatch + 1][], new MixKey[Unwrapper.MaxBatch + 1][]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _unwrapper.UnwrapBatch(ref batch, _network, new UnwrapResult[100]));
        var two = new TestBatch(new byte[2][], new MixKey[2][]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _unwrapper.UnwrapBatch(ref two, _network, new UnwrapResult[1]));
    }

    [Fact]
    public void A_batch_allocates_nothing_on_the_gc_heap()
    {
        using var warm = new MixedPackets(_network, _other, "warm", Unwrapper.MaxBatch, 1000);
        using var mixed = new MixedPackets(_network, _other, "measured", Unwrapper.MaxBatch, 1000);
        var results = new UnwrapResult[Unwrapper.MaxBatch];
        var first = new TestBatch(warm.Packets, warm.Candidates);
        for (var i = 0; i < 3; i++)
        {
            _unwrapper.UnwrapBatch(ref first, _network, results);
        }

        var batch = new TestBatch(mixed.Packets, mixed.Candidates);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _unwrapper.UnwrapBatch(ref batch, _network, results);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Contains(results, result => result.Kind == UnwrapKind.Relay);
    }

    private UnwrapResult[] Unwrap(TestBatch batch)
    {
        var results = new UnwrapResult[batch.Count];
        _unwrapper.UnwrapBatch(ref batch, _network, results);
        return results;
    }

    private UnwrapResult[] AssertSame(string seed, int count, long capacity)
    {
        using var singly = new MixedPackets(_network, _other, seed, count, capacity);
        using var together = new MixedPackets(_network, _other, seed, count, capacity);
        var results = Unwrap(new TestBatch(together.Packets, together.Candidates));
        for (var i = 0; i < count; i++)
        {
            var result = _unwrapper.Unwrap(singly.Packets[i], _network, singly.Candidates[i]);
            Assert.Equal(result, results[i]);
            Assert.Equal(singly.Packets[i], together.Packets[i]);
        }

        Assert.Equal(singly.TagCounts, together.TagCounts);
        Assert.True(_unwrapper.IsClear);
        return results;
    }

    private static byte[] Secret(MixKey key) => key.Secret.ToArray();

    private struct ThrowingBatch(byte[] packet, MixKey key, int failAfter) : IUnwrapBatch
    {
        private int _left = failAfter;

        public readonly int Count => 3;

        public Span<byte> Packet(int index) => --_left < 0 ? throw new InvalidOperationException() : packet;

        public readonly ReadOnlySpan<MixKey> Candidates(int index) => new[] { key };
    }
}
