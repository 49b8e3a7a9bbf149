using MixMq.Sphinx;

namespace MixMq.Simulation.Cryptography;

/// <summary>The keys of all hops' streams, and the one that its user takes.</summary>
internal sealed class IdealReplyOpener(SurbId id, ulong[] hopKeys, IdealReply reply) : ReplyOpener
{
    public override SurbId Id => id;

    public override bool TryOpen(Span<byte> laneB, out ReadOnlySpan<byte> message)
    {
        foreach (var key in hopKeys)
        {
            QuickStream.Xor(laneB, ~key);
        }

        return reply.TryOpen(laneB, out message);
    }
}
