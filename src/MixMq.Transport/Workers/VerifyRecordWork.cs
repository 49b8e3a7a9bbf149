using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Workers;

/// <summary>Verifies one link-state record for the overlay core: signature and keys.</summary>
internal sealed class VerifyRecordWork(SchedulerInbox inbox, RequestId id, LinkStateRecord record, byte[] signedMessage) : IWorkItem
{
    public void Execute()
    {
        var valid = false;
        try
        {
            valid = record.Verify(signedMessage);
        }
        finally
        {
            // Every request is answered: whatever goes wrong here, the record is not known to be good.
            inbox.Post(new CoreAnswer.Verified(id, valid));
        }
    }
}
