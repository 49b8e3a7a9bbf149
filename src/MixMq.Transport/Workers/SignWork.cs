using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Workers;

/// <summary>Signs one message of the overlay core with the node's identity.</summary>
internal sealed class SignWork(NodeIdentity identity, SchedulerInbox inbox, RequestId id, byte[] message) : IWorkItem
{
    public void Execute()
    {
        var signature = new byte[Ed25519.SignatureBytes];
        identity.Sign(message, signature);
        inbox.Post(new CoreAnswer.Signed(id, signature));
    }
}
