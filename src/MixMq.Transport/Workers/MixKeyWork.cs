using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Workers;

/// <summary>Draws one epoch's mix key. It exists in memory only, and so does its replay filter.</summary>
internal sealed class MixKeyWork(SchedulerInbox inbox, uint epoch, long replayCapacity) : IWorkItem
{
    public void Execute()
    {
        MixKey key;
        try
        {
            key = MixKey.Generate(epoch, replayCapacity, SystemRandomSource.Instance);
        }
        catch (Exception)
        {
            // The system has no memory for the filter now. Unanswered, the core would wait for this key for ever.
            inbox.Post(new CoreAnswer.MixKeyFailed(epoch));
            throw;
        }

        if (!inbox.Post(new CoreAnswer.MixKeyMade(key)))
        {
            key.Dispose();
        }
    }
}
