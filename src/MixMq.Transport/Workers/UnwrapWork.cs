using MixMq.Sphinx;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Workers;

/// <summary>Unwraps packets for the overlay core, in batches, and posts the answers of a batch at once. Owns the packets until then.</summary>
internal sealed class UnwrapWork(SchedulerInbox inbox, NetworkDefinition network) : IBatchWork<UnwrapJob>
{
    private readonly Unwrapper _unwrapper = new();
    private readonly UnwrapResult[] _results = new UnwrapResult[Unwrapper.MaxBatch];

    public void Execute(Span<UnwrapJob> items)
    {
        var results = _results.AsSpan(0, items.Length);
        var unwrapped = false;
        try
        {
            var batch = new Batch(items);
            _unwrapper.UnwrapBatch(ref batch, network, results);
            unwrapped = true;
        }
        finally
        {
            // Each request is answered, so that the core's shell can count what is under way. What failed here is a bug of ours, and lost.
            if (!inbox.Post(items, unwrapped ? results : []) || !unwrapped)
            {
                foreach (ref var item in items)
                {
                    item.Packet.Return();
                }
            }

            results.Clear();
        }
    }

    public void Dispose() => _unwrapper.Dispose();

    private readonly ref struct Batch(Span<UnwrapJob> jobs) : IUnwrapBatch
    {
        private readonly Span<UnwrapJob> _jobs = jobs;

        public int Count => _jobs.Length;

        public Span<byte> Packet(int index) => _jobs[index].Packet.Packet;

        public ReadOnlySpan<MixKey> Candidates(int index) => _jobs[index].Candidates.Span;
    }
}
