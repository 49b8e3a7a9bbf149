using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport;
using MixMq.Transport.Workers;

namespace MixMq.Node.Messaging;

/// <summary>Wraps messages, in batches, and hands the packets to their links. What can't go out is dropped and counted: the endpoint core repeats it.</summary>
internal sealed class WrapWork(OverlayHost overlay, NetworkDefinition network, WrapJobs jobs, Action<MessageId> loopDropped) : IBatchWork<WrapJob>
{
    /// <summary>The most that are wrapped together. A packet costs as much as several unwraps, and what others wait for shouldn't wait longer for these.</summary>
    internal const int MaxBatch = 16;

    private readonly BufferedRandomSource _random = new();
    private readonly PacketWriter _writer = new();
    private readonly WrapResult[] _results = new WrapResult[MaxBatch];

    public void Execute(Span<WrapJob> items)
    {
        try
        {
            Wrap(items[..Rent(items)]);
        }
        finally
        {
            foreach (WrapJob job in items)
            {
                job.Packet?.Return();
            }

            jobs.Return(items);
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _random.Dispose();
    }

    /// <summary>Gives buffers to as many as there are for, the first ones; the others are dropped.</summary>
    private int Rent(ReadOnlySpan<WrapJob> items)
    {
        for (int i = 0; i < items.Length; i++)
        {
            if (!overlay.Pool.TryRent(out PacketBuffer? buffer))
            {
                overlay.Count(DropCause.PoolEmpty, items.Length - i);
                foreach (WrapJob dropped in items[i..])
                {
                    Dropped(dropped);
                }

                return i;
            }

            items[i].Packet = buffer;
        }

        return items.Length;
    }

    private void Wrap(ReadOnlySpan<WrapJob> items)
    {
        var batch = new Batch(items);
        _writer.WrapBatch(ref batch, network, _random, _results.AsSpan(0, items.Length));
        WrapResult failure = WrapResult.Wrapped;
        for (int i = 0; i < items.Length; i++)
        {
            if (_results[i] != WrapResult.Wrapped)
            {
                failure = _results[i];
            }
            else if (overlay.TrySendPacket(items[i].FirstHop, items[i].Packet!))
            {
                items[i].Packet = null;
            }
            else
            {
                overlay.Count(DropCause.NoLink);
                Dropped(items[i]);
            }
        }

        if (failure != WrapResult.Wrapped)
        {
            // A record's key was checked when it was taken, and the core keeps to the geometry: nothing a peer does leads here.
            throw new InvalidOperationException($"A packet could not be wrapped: {failure}.");
        }
    }

    private void Dropped(WrapJob job)
    {
        if (job.Loop is { } loop)
        {
            loopDropped(loop);
        }
    }

    private readonly ref struct Batch(ReadOnlySpan<WrapJob> jobs) : IWrapBatch
    {
        private readonly ReadOnlySpan<WrapJob> _jobs = jobs;

        public int Count => _jobs.Length;

        public ReadOnlySpan<PathHop> Path(int index) => _jobs[index].Path;

        public ReadOnlySpan<byte> Message(int index) => _jobs[index].Message;

        public bool IsCover(int index) => false;

        public Span<byte> Packet(int index) => _jobs[index].Packet!.Packet;
    }
}
