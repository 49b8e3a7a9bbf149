using System.Collections.Concurrent;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Sending.Tests;

/// <summary>
/// Bytes that have to look uniform, counted over many packets from pinned seeds; and makers with a planted defect, which the same counts find.
/// </summary>
public sealed class StatisticsTests
{
    private const int Packets = 150;
    private static readonly ConcurrentDictionary<int, Dictionary<string, ByteCount>> Behind = [];
    private static readonly NetworkDefinition Network = TestChain.CreateNetwork(new PacketGeometry(5, 256, 128));

    [Fact]
    public void The_lanes_of_forward_packets_are_uniform_at_every_hop() => AssertUniform(Lanes(4, Forward));

    [Fact]
    public void The_lanes_of_replies_are_uniform_at_every_hop() => AssertUniform(Lanes(4, Reply));

    [Fact]
    public void Lane_b_of_zeros_is_found() => Assert.Contains(Lanes(4, WithZeroLaneB), lane => !lane.Value.IsUniform);

    [Fact]
    public void Lane_b_that_is_the_same_in_every_packet_is_found() => Assert.Contains(Lanes(4, WithFixedLaneB), lane => !lane.Value.IsUniform);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void What_the_last_hop_sees_behind_its_slot_is_uniform_over_every_path_length(int hops) => AssertUniform(BehindForward(hops));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Padding_of_zeros_is_found_over_every_path_length_that_has_any(int hops)
    {
        var slots = SlotsBehind(hops, WithZeroPadding);
        Assert.Equal(5 - hops, slots.Count(slot => !slot.Value.IsUniform));
    }

    // Where the padding ends would be the path's length.
    [Fact]
    public void No_slot_behind_the_last_differs_from_that_of_another_path_length()
    {
        var counts = Enumerable.Range(1, 5).SelectMany(hops => BehindForward(hops).Values.Select(slot => slot.ZeroBytes)).ToArray();
        Assert.Equal(20, counts.Length);
        Assert.All(counts, zeros => Assert.InRange(zeros, 8, 66)); // 150 · 56 / 256 = 33 expected, 5 standard deviations
    }

    /// <summary>Counted once for all tests: it is the dear part.</summary>
    private static Dictionary<string, ByteCount> BehindForward(int hops) => Behind.GetOrAdd(hops, _ => SlotsBehind(hops, Forward));

    private static void AssertUniform(IReadOnlyDictionary<string, ByteCount> counts) =>
        Assert.Empty(counts.Where(count => !count.Value.IsUniform).Select(count => $"{count.Key}: χ² = {count.Value.ChiSquare:0}"));

    /// <summary>Both lanes as each hop receives them.</summary>
    private static Dictionary<string, ByteCount> Lanes(int hops, Func<TestChain, int, byte[]> make) => Count(hops, make, (hop, packet, counts) =>
    {
        // What the last unwrap leaves in lane A is plaintext, by design.
        if (hop == hops)
        {
            return;
        }

        Add(counts, $"lane A at hop {hop}", packet.AsSpan(Network.Geometry.LaneAOffset..Network.Geometry.LaneBOffset));
        Add(counts, $"lane B at hop {hop}", packet.AsSpan(Network.Geometry.LaneBOffset));
    });

    /// <summary>The slots behind its own, as the last hop has decrypted them.</summary>
    private static Dictionary<string, ByteCount> SlotsBehind(int hops, Func<TestChain, int, byte[]> make) => Count(hops, make, (hop, packet, counts) =>
    {
        for (var slot = 1; hop == hops && slot < Network.Geometry.Hops; slot++)
        {
            Add(counts, $"slot {slot} over {hops} hops", packet.AsSpan(PacketFormat.BetaOffset + (slot * PacketFormat.SlotBytes), PacketFormat.SlotBytes));
        }
    });

    private static Dictionary<string, ByteCount> Count(
        int hops, Func<TestChain, int, byte[]> make, Action<int, byte[], Dictionary<string, ByteCount>> look)
    {
        var counts = new Dictionary<string, ByteCount>(StringComparer.Ordinal);
        using var chain = new TestChain(Network, hops, new SeededRandomSource($"statistics {hops}"));
        using var unwrapper = new Unwrapper();
        for (var i = 0; i < Packets; i++)
        {
            var packet = make(chain, i);
            for (var hop = 0; hop < hops; hop++)
            {
                look(hop, packet, counts);
                Assert.NotEqual(UnwrapKind.Dropped, unwrapper.Unwrap(packet, Network, [chain.Keys[hop]]).Kind);
            }

            look(hops, packet, counts);
        }

        return counts;
    }

    private static void Add(Dictionary<string, ByteCount> counts, string name, ReadOnlySpan<byte> bytes)
    {
        if (!counts.TryGetValue(name, out var count))
        {
            counts[name] = count = new ByteCount();
        }

        count.Add(bytes);
    }

    private static byte[] Forward(TestChain chain, int number) => chain.Wrap(new byte[number]);

    private static byte[] WithZeroLaneB(TestChain chain, int number) => Wrap(chain, number, lane => lane.Clear());

    private static byte[] WithFixedLaneB(TestChain chain, int number) => Wrap(chain, number, lane => lane.Fill(0x5a));

    private static byte[] WithZeroPadding(TestChain chain, int number) =>
        Wrap(chain, number, null, new ZeroPadding(chain.Random, (Network.Geometry.Hops - chain.Path.Length) * PacketFormat.SlotBytes));

    private static byte[] Wrap(TestChain chain, int number, SpanAction? changeLaneB, IRandomSource? random = null)
    {
        var packet = new byte[Network.Geometry.PacketBytes];
        using var writer = new PacketWriter();
        Assert.Equal(WrapResult.Wrapped, writer.Wrap(Network, chain.Path, new byte[number], random ?? chain.Random, packet));
        changeLaneB?.Invoke(packet.AsSpan(Network.Geometry.LaneBOffset));
        return packet;
    }

    private static byte[] Reply(TestChain chain, int number)
    {
        var wire = new byte[Surb.WireBytes(Network.Geometry)];
        var packet = new byte[Network.Geometry.PacketBytes];
        using var writer = new SurbWriter();
        using var aead = new AeadContext();
        Assert.Equal(WrapResult.Wrapped, writer.Make(Network, chain.Path, 1000, chain.Random, wire, out var state));
        state!.Dispose();
        Assert.Equal(SurbUse.Built, Surb.TryUse(Network, wire, new byte[number % 80], 0, chain.Random, aead, packet));
        return packet;
    }

    private delegate void SpanAction(Span<byte> bytes);

    /// <summary>The planted defect: zeros where the header's padding is drawn.</summary>
    private sealed class ZeroPadding(IRandomSource inner, int bytes) : IRandomSource
    {
        public void Fill(Span<byte> destination)
        {
            if (destination.Length == bytes)
            {
                destination.Clear();
            }
            else
            {
                inner.Fill(destination);
            }
        }
    }

    /// <summary>How often each byte value occurred.</summary>
    private sealed class ByteCount
    {
        private readonly long[] _seen = new long[256];
        private long _total;

        /// <summary>255 degrees of freedom: 255 expected, standard deviation 22.6. Five of them on either side.</summary>
        public bool IsUniform => ChiSquare is > 142 and < 368;

        public long ZeroBytes => _seen[0];

        public double ChiSquare => _seen.Sum(seen => Math.Pow(seen - (_total / 256.0), 2) / (_total / 256.0));

        public void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes)
            {
                _seen[value]++;
            }

            _total += bytes.Length;
        }
    }
}
