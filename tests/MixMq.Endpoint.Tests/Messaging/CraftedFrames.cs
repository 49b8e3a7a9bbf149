using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Time;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Frames as an attacker makes them: well-formed but for what the test changes.</summary>
internal sealed class CraftedFrames(EndpointPair pair, NodeAddress from, NodeAddress to)
{
    public ConversationSecret Secret { get; set; } = ConversationSecret.Create(pair.Random);

    public string Conversation { get; set; } = "c";

    public ulong Sequence { get; set; } = 1;

    public ulong Base { get; set; } = 1;

    public NodeAddress? Signer { get; set; }

    public NodeAddress? EnvelopeTo { get; set; }

    public MessageId Id { get; set; } = MessageId.FromBytes(SHA256.HashData(BitConverter.GetBytes(pair.Random.NextUInt64())).AsSpan(0, 16));

    public byte[] Content { get; set; } = new byte[100];

    public byte[]? Hash { get; set; }

    public EnvelopeKind Kind { get; set; } = EnvelopeKind.Message;

    public int? Count { get; set; }

    private int PieceBytes => FragmentHeader.PieceBytes(pair.Network.Definition.Geometry.MessageCapacity);

    public byte[] Payload()
    {
        var envelope = new Envelope
        {
            Kind = Kind,
            From = from,
            To = EnvelopeTo ?? to,
            Id = Id,
            Conversation = ConversationId.OfName(Conversation),
            Sequence = Sequence,
            CreatedUnixMillis = 1,
            ExpiresUnixMillis = SimClock.StartUnixMillis + 1_000_000_000,
            Secret = Secret,
            ContentLength = Kind == EnvelopeKind.Message ? Content.Length : 0,
            ContentHash = Kind == EnvelopeKind.Message ? Hash ?? SHA256.HashData(Content) : new byte[32],
            Label = "x",
            Name = Conversation,
        }.ToUnsignedBytes();
        var signature = new byte[Ed25519.SignatureBytes];
        pair.World.Crypto.Sign(new SimIdentity(Signer ?? from, []), Envelope.SignedMessage(envelope, pair.Network.Definition), signature);
        Envelope.SetSignature(envelope, signature);
        return Kind == EnvelopeKind.Message ? [.. envelope, .. Content] : envelope;
    }

    /// <summary>One frame of the message; the bytes may be given.</summary>
    public byte[] Fragment(int index = 0, byte[]? bytes = null, FrameType? type = null)
    {
        var payload = Payload();
        var count = Count ?? FragmentHeader.PieceCount(payload.Length, PieceBytes);
        bytes ??= payload[Math.Min(payload.Length, index * PieceBytes)..Math.Min(payload.Length, (index + 1) * PieceBytes)];
        var frameType = type ?? (Kind == EnvelopeKind.Message ? FrameType.Fragment : FrameType.Tombstone);
        var frame = new byte[Frame.HeaderBytes + FragmentHeader.ByteCount + bytes.Length];
        bytes.CopyTo(frame, Frame.HeaderBytes + FragmentHeader.ByteCount);
        var place = new Place(from, ConversationId.OfName(Conversation), Sequence);
        new FragmentHeader(place, Id, Base, (uint)index, (uint)count).Write(frameType, Secret, frame.AsSpan(Frame.HeaderBytes));
        Frame.WriteHeader(frame, frameType, frame.Length - Frame.HeaderBytes);
        return frame;
    }
}
