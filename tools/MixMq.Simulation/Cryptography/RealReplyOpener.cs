using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Cryptography;

/// <summary>What ships; the AEAD context stays its provider's.</summary>
internal sealed class RealReplyOpener(SurbState state, AeadContext aead) : ReplyOpener
{
    public override SurbId Id => state.Id;

    public override bool TryOpen(Span<byte> laneB, out ReadOnlySpan<byte> message) => state.TryOpen(laneB, aead, out message) == DropReason.None;

    protected override void Dispose(bool disposing)
    {
        state.Dispose();
        base.Dispose(disposing);
    }
}
