using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>Envelopes whose signatures are being checked; one check at a time for one envelope of a place, and so many in all.</summary>
internal sealed class Verifications(MessagingContext context)
{
    private readonly Dictionary<RequestId, Pending> _byRequest = [];
    private readonly HashSet<(Place, MessageId, EnvelopeKind)> _underWay = [];

    /// <summary>Asks for a check.</summary>
    /// <param name="type">The frame's type.</param>
    /// <param name="header">The frame's header.</param>
    /// <param name="envelope">The envelope.</param>
    /// <param name="envelopeBytes">Its length in the frame's bytes.</param>
    /// <param name="body">The frame's body.</param>
    /// <param name="sink">Where the request goes.</param>
    public void Begin<TSink>(FrameType type, in FragmentHeader header, Envelope envelope, int envelopeBytes, scoped ReadOnlySpan<byte> body, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var key = (header.Place, header.Id, envelope.Kind);
        if (_underWay.Contains(key))
        {
            context.Counters.DuplicateFragments++;
            return;
        }

        if (_byRequest.Count >= context.Options.MaxVerifications)
        {
            context.Counters.Drop(InboundDrop.VerificationLimit);
            return;
        }

        var kept = body.ToArray();
        ReadOnlySpan<byte> bytes = kept.AsSpan(FragmentHeader.ByteCount, envelopeBytes);
        var id = context.NextRequestId();
        _underWay.Add(key);
        _byRequest.Add(id, new(type, header, envelope, envelopeBytes, kept));
        sink.RequestVerify(id, context.Successions.Last(envelope.From), Envelope.SignedMessage(bytes, context.Options.Network.Definition), Envelope.Signature(bytes));
    }

    /// <summary>Takes out what an answer is about.</summary>
    public Pending? Take(RequestId id)
    {
        if (_byRequest.Remove(id, out var pending))
        {
            _underWay.Remove((pending.Header.Place, pending.Header.Id, pending.Envelope.Kind));
        }

        return pending;
    }

    /// <summary>A frame that waits for its envelope's signature.</summary>
    internal sealed record Pending(FrameType Type, FragmentHeader Header, Envelope Envelope, int EnvelopeBytes, byte[] Body);
}
