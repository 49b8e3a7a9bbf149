using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Sending.Tests;

/// <summary>A batch against the same packets made one by one from the same random bytes.</summary>
public sealed class WrapBatchTests : IDisposable
{
    private const int LongestPath = 6;
    private readonly NetworkDefinition _network = TestChain.CreateNetwork(new PacketGeometry(LongestPath - 1, 200, 80), maxDelayMs: 1000);
    private readonly TestChain _chain;
    private readonly PacketWriter _writer = new();

    public WrapBatchTests() => _chain = new TestChain(_network, LongestPath, new SeededRandomSource("chain"));

    public void Dispose()
    {
        _writer.Dispose();
        _chain.Dispose();
    }

    [Fact]
    public void A_batch_of_anything_gives_what_wrapping_one_by_one_gives()
    {
        var seen = new HashSet<WrapResult>();
        var cases =
            from count in Gen.Choose(0, PacketWriter.MaxBatch)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (count, seed);
        Prop.ForAll(cases.ToArbitrary(), c => seen.UnionWith(AssertSame($"mix {c.seed}", c.count)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(15).WithReplay(3, 5));
        Assert.Equal(Enum.GetValues<WrapResult>(), seen.Order());
    }

    [Fact]
    public void Batches_of_every_size_give_what_wrapping_one_by_one_gives()
    {
        // One writer for each way, so that their counters count alike.
        using var singly = new PacketWriter();
        using var together = new PacketWriter();
        for (var count = 1; count <= PacketWriter.MaxBatch; count++)
        {
            var (batch, expected) = (Batch.Draw(_network, _chain, $"size {count}", count, 2), Batch.Draw(_network, _chain, $"size {count}", count, 2));
            expected.WrapSingly(singly, _network, new SeededRandomSource(count));
            together.WrapBatch(ref batch, _network, new SeededRandomSource(count), new WrapResult[count]);
            Assert.Equal(expected.Packets, batch.Packets);
        }
    }

    [Fact]
    [Trait("Spec", "SPX-26")]
    public void Messages_arrive_and_cover_does_not_wherever_in_a_batch_they_are()
    {
        var batch = Batch.Draw(_network, _chain, "arrive", PacketWriter.MaxBatch, LongestPath - 1);
        var results = new WrapResult[PacketWriter.MaxBatch];
        _writer.WrapBatch(ref batch, _network, _chain.Random, results);
        using var unwrapper = new Unwrapper();
        for (var i = 0; i < results.Length; i++)
        {
            if (results[i] != WrapResult.Wrapped)
            {
                continue;
            }

            var (packet, path) = (batch.Packets[i], batch.Path(i).ToArray());
            foreach (var hop in path[..^1])
            {
                Assert.Equal(UnwrapKind.Relay, unwrapper.Unwrap(packet, _network, [KeyOf(hop)]).Kind);
            }

            var last = unwrapper.Unwrap(packet, _network, [KeyOf(path[^1])]);
            Assert.Equal(batch.IsCover(i) ? UnwrapKind.Cover : UnwrapKind.Deliver, last.Kind);
            if (!batch.IsCover(i))
            {
                Assert.Equal(batch.Message(i).ToArray(), packet.AsSpan(last.Offset, last.Length).ToArray());
            }
        }

        Assert.Contains(WrapResult.Wrapped, results);
    }

    [Fact]
    public void A_batch_allocates_nothing_on_the_gc_heap()
    {
        var batch = Batch.Draw(_network, _chain, "memory", PacketWriter.MaxBatch, LongestPath - 1);
        var results = new WrapResult[PacketWriter.MaxBatch];
        var random = SystemRandomSource.Instance;
        for (var i = 0; i < 3; i++)
        {
            _writer.WrapBatch(ref batch, _network, random, results);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        _writer.WrapBatch(ref batch, _network, random, results);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Nothing_secret_is_left_behind_even_by_what_throws()
    {
        var batch = Batch.Draw(_network, _chain, "clear", 40, LongestPath);
        _writer.WrapBatch(ref batch, _network, _chain.Random, new WrapResult[40]);
        Assert.True(_writer.IsClear);
        batch.Packets[20] = new byte[5];
        Assert.Throws<ArgumentException>(() => _writer.WrapBatch(ref batch, _network, _chain.Random, new WrapResult[40]));
        Assert.True(_writer.IsClear);
    }

    [Fact]
    public void More_packets_than_a_batch_takes_and_too_few_results_are_refused()
    {
        var batch = Batch.Draw(_network, _chain, "many", PacketWriter.MaxBatch + 1, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _writer.WrapBatch(ref batch, _network, _chain.Random, new WrapResult[100]));
        var two = Batch.Draw(_network, _chain, "two", 2, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _writer.WrapBatch(ref two, _network, _chain.Random, new WrapResult[1]));
    }

    private MixKey KeyOf(PathHop hop) => _chain.Keys.Single(key => key.Public == hop.MixPublic);

    private WrapResult[] AssertSame(string seed, int count)
    {
        using var singly = new PacketWriter();
        using var together = new PacketWriter();
        var (batch, expected) = (Batch.Draw(_network, _chain, seed, count, LongestPath), Batch.Draw(_network, _chain, seed, count, LongestPath));
        var results = new WrapResult[count];
        together.WrapBatch(ref batch, _network, new SeededRandomSource(seed), results);
        Assert.Equal(expected.WrapSingly(singly, _network, new SeededRandomSource(seed)), results);
        for (var i = 0; i < count; i++)
        {
            if (results[i] == WrapResult.Wrapped)
            {
                Assert.Equal(expected.Packets[i], batch.Packets[i]);
            }
        }

        Assert.True(together.IsClear);
        return results;
    }

    private readonly struct Batch(PathHop[][] paths, byte[][] messages, bool[] covers, byte[][] packets) : IWrapBatch
    {
        public int Count => packets.Length;

        public byte[][] Packets => packets;

        /// <summary>Paths of any length up to one, also too short or too long, delays above the cap and keys of small order among them.</summary>
        public static Batch Draw(NetworkDefinition network, TestChain chain, string seed, int count, int longest)
        {
            var random = new SeededRandomSource(seed);
            var paths = new PathHop[count][];
            for (var i = 0; i < count; i++)
            {
                paths[i] = [.. Enumerable.Range(0, random.NextInt32(longest + 1)).Select(_ => chain.Path[random.NextInt32(LongestPath)])];
                if (paths[i].Length > 1)
                {
                    ref var hop = ref paths[i][random.NextInt32(paths[i].Length)];
                    hop = random.NextInt32(8) switch
                    {
                        0 => hop with { DelayMs = 1001 },
                        1 => hop with { MixPublic = default },
                        _ => hop,
                    };
                }
            }

            var messages = Enumerable.Range(0, count).Select(_ => new byte[random.NextInt32(network.Geometry.MessageCapacity + 10)]).ToArray();
            foreach (var message in messages)
            {
                random.Fill(message);
            }

            return new Batch(
                paths,
                messages,
                [.. Enumerable.Range(0, count).Select(_ => random.NextInt32(4) == 0)],
                [.. Enumerable.Range(0, count).Select(_ => new byte[network.Geometry.PacketBytes])]);
        }

        public ReadOnlySpan<PathHop> Path(int index) => paths[index];

        public ReadOnlySpan<byte> Message(int index) => messages[index];

        public bool IsCover(int index) => covers[index];

        public Span<byte> Packet(int index) => packets[index];

        public WrapResult[] WrapSingly(PacketWriter writer, NetworkDefinition network, SeededRandomSource random)
        {
            var results = new WrapResult[Count];
            for (var i = 0; i < Count; i++)
            {
                results[i] = covers[i]
                    ? writer.WrapCover(network, paths[i], random, packets[i])
                    : writer.Wrap(network, paths[i], messages[i], random, packets[i]);
            }

            return results;
        }
    }
}
