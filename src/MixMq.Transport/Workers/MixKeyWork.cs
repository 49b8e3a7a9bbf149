using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Workers;

/// <summary>Draws one epoch's mix key. It exists in memory only, and so does its replay filter.</summary>
internal sealed class MixKeyWork(SchedulerInbox inbox, uint epoch, long replayCapacity) : IWorkItem
{
    public void Execute()
    {
        var key = MixKey.Generate(epoch, replayCapacity, SystemRandomSource.Instance);
        if (!inbox.Post(new CoreAnswer.MixKeyMade(key)))
        {
            key.Dispose();
        }
    }
}
