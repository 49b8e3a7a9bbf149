using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests;

/// <summary>
/// What a packet costs the garbage collector on its whole way: sender's link, TLS, relay's reader, scheduler, worker, delay queue and writer, TLS again,
/// recipient. Alone in its collection, since allocations are counted for the process.
/// </summary>
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    /// <summary>Packets that are under way at once; less than that, and it would be a measure of waking threads.</summary>
    private const int Wave = 50;

    /// <summary>No object is smaller than 24 bytes, so one a packet on any stage of three hosts would be twice this.</summary>
    private const int BytesAPacket = 12;

    [Fact]
    public async Task A_packet_through_a_relay_between_two_hosts_costs_no_allocation()
    {
        const int Warm = 400, Measured = 20;
        var views = new TestConsumer();
        using var inbox = new CountingConsumer();
        await using var sender = new TestNode("sender", relays: false) { Consumer = views };
        await using var relay = new TestNode("relay");
        await using var recipient = new TestNode("recipient", relays: false) { Taker = inbox };
        await relay.Knows(sender, accept: true).Knows(recipient, accept: true).StartAsync();
        await sender.Knows(relay, dial: true).StartAsync();
        await recipient.Knows(relay, dial: true).StartAsync();
        var view = await views.ViewAsync(view => view.Nodes.Length == 3 && view.Nodes.All(node => node.MixKeys.Length > 0 && node.Links.Length > 0 && node.OneSided.IsEmpty));
        var epoch = (await sender.Host.SnapshotAsync()).Epoch;
        var packets = Wrap(Warm + (Measured * Wave), Hop(view, relay, epoch, 2), Hop(view, recipient, epoch, 0));
        foreach (var node in (TestNode[])[sender, relay, recipient])
        {
            FillPool(node.Host.Pool);
        }

        var allocated = await Task.Run(() =>
        {
            // The first packets fill queues and have every method compiled.
            Send(sender, relay, inbox, packets.AsSpan(0, Warm));
            var bytes = new long[Measured];
            for (var i = 0; i < Measured; i++)
            {
                var before = GC.GetTotalAllocatedBytes(precise: true);
                Send(sender, relay, inbox, packets.AsSpan(Warm + (i * Wave), Wave));
                bytes[i] = GC.GetTotalAllocatedBytes(precise: true) - before;
            }

            return bytes;
        });
        Assert.Equal(packets.Length, (await relay.Host.SnapshotAsync()).Relayed);

        // HELLOs, a status text, a queue that grows, threads that are woken more often because others have the processor: what comes with each packet
        // is in every one of the waves, and in the cheapest of them there is nothing else.
        Assert.True(allocated.Min() < BytesAPacket * Wave, $"Bytes for {Wave} packets: {string.Join(' ', allocated)}.");
    }

    private static void FillPool(PacketPool pool)
    {
        var buffers = new List<PacketBuffer>();
        while (buffers.Count < 2 * Wave && pool.TryRent(out var buffer))
        {
            buffers.Add(buffer);
        }

        buffers.ForEach(buffer => buffer.Return());
    }

    private static byte[][] Wrap(int count, params ReadOnlySpan<PathHop> path)
    {
        using var writer = new PacketWriter();
        var packets = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            packets[i] = new byte[TestNode.Network.CellBytes - 1];
            Assert.Equal(WrapResult.Wrapped, writer.Wrap(TestNode.Network.Definition, path, "hello"u8, SystemRandomSource.Instance, packets[i]));
        }

        return packets;
    }

    private static void Send(TestNode sender, TestNode relay, CountingConsumer inbox, ReadOnlySpan<byte[]> packets)
    {
        inbox.Expect(packets.Length);
        foreach (var packet in packets)
        {
            Assert.True(sender.Host.Pool.TryRent(out var buffer));
            packet.CopyTo(buffer.Packet);
            Assert.True(sender.Host.TrySendPacket(relay.Identity.Address, buffer));
        }

        inbox.Wait();
    }

    private static PathHop Hop(TopologyView view, TestNode node, uint epoch, uint delayMs)
    {
        Assert.True(view.TryFind(node.Identity.Address, out var index));
        Assert.True(view.TryGetMixKey(index, epoch, out var key));
        return new PathHop(node.Identity.Address, key, delayMs);
    }

    /// <summary>Counts what arrives and says when it is all there.</summary>
    private sealed class CountingConsumer : IPacketConsumer, IDisposable
    {
        private readonly ManualResetEventSlim _arrived = new();
        private int _missing;

        public void OnDelivered(PacketBuffer packet, in UnwrapResult result)
        {
            packet.Return();
            if (Interlocked.Decrement(ref _missing) == 0)
            {
                _arrived.Set();
            }
        }

        public void OnTopology(TopologyView view)
        {
        }

        public void Dispose() => _arrived.Dispose();

        internal void Expect(int count)
        {
            _arrived.Reset();
            Volatile.Write(ref _missing, count);
        }

        internal void Wait() => Assert.True(_arrived.Wait(TestLog.Patience));
    }
}

/// <summary>Nothing else runs beside these tests.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationCollection;
