using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Workers;

/// <summary>Verifies one signature for the overlay core; the signer may be any 32 bytes that a peer sent.</summary>
internal sealed class VerifyWork(SchedulerInbox inbox, RequestId id, NodeAddress signer, byte[] message, byte[] signature) : IWorkItem
{
    public void Execute()
    {
        var valid = false;
        try
        {
            Span<byte> key = stackalloc byte[Ed25519.PublicKeyBytes];
            signer.CopyTo(key);
            valid = Ed25519.IsValidPublicKey(key) && Ed25519.Verify(key, message, signature);
        }
        finally
        {
            // Every request is answered: whatever goes wrong here, the signature is not known to be good.
            inbox.Post(new CoreAnswer.Verified(id, valid));
        }
    }
}
