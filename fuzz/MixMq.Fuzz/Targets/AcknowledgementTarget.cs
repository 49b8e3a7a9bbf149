using System.Buffers.Binary;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Fuzz.Worlds;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// Acknowledgements to a node that has messages under way. Steps: 0 lets time pass, 1 submits a message of so many bytes, any other takes an
/// acknowledgement from the input, or a refusal (bit 4), or a content limit (bit 5): bit 1, its names are made right; bit 2, its tag too. A tag that isn't right settles nothing, holds nothing
/// back and ends nothing.
/// </summary>
internal sealed class AcknowledgementTarget : FuzzTarget
{
    private const byte NamesItRight = 2, TagsIt = 4, IsRefusal = 16, IsLimit = 32;
    private const int MostSteps = 24;

    public override string Name => "acknowledgement";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Endpoint.Messaging.Wire.Acknowledgement::", "MixMq.Endpoint.Messaging.Wire.Bitmap::Get", "MixMq.Endpoint.Messaging.Wire.WireReader::",
        "MixMq.Endpoint.Messaging.Sending.Outbox::HandleAcknowledgement", "MixMq.Endpoint.Messaging.Sending.Outbox::Apply",
        "MixMq.Endpoint.Messaging.Sending.Outbox::Settle", "MixMq.Endpoint.Messaging.Wire.Refusal::", "MixMq.Endpoint.Messaging.Sending.Outbox::HandleRefusal",
        "MixMq.Endpoint.Messaging.Sending.HoldBacks::", "MixMq.Endpoint.Messaging.Wire.ContentLimit::", "MixMq.Endpoint.Messaging.Sending.ContentLimits::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("settles", [1, 10, 1, 20, 6, .. FuzzInput.Chunk(Body(1, 1, [], [], []))]),
        ("out-of-order", [1, 10, 1, 20, 6, .. FuzzInput.Chunk(Body(1, 0, [2], [], [])), 0, 50, 6, .. FuzzInput.Chunk(Body(1, 2, [], [], []))]),
        ("partial", [1, 255, 1, 255, 6, .. FuzzInput.Chunk(Body(1, 0, [], [], [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 3]))]),
        ("tombstone", [1, 10, 6, .. FuzzInput.Chunk(Body(1, 1, [], [1], []))]),
        ("forged", [1, 10, 2, .. FuzzInput.Chunk(Body(1, 1, [], [], []))]),
        ("of-a-stranger", [1, 10, 8, .. FuzzInput.Chunk(Body(1, 1, [], [], []))]),
        ("base-too-high", [1, 10, 6, .. FuzzInput.Chunk(Body(9, 1, [], [], []))]),
        ("refused", [1, 10, 1, 20, 22, .. FuzzInput.Chunk(Refused(1, 3)), 0, 20, 6, .. FuzzInput.Chunk(Body(1, 2, [], [], []))]),
        ("refused-again", [1, 255, 1, 255, 22, .. FuzzInput.Chunk(Refused(1, 1)), 0, 20, 22, .. FuzzInput.Chunk(Refused(1, 1)), 0, 255]),
        ("refusal-forged", [1, 10, 18, .. FuzzInput.Chunk(Refused(1, 1))]),
        ("limit", [1, 255, 1, 10, 38, .. FuzzInput.Chunk(Limit(100)), 0, 50, 38, .. FuzzInput.Chunk(Limit(100)), 6, .. FuzzInput.Chunk(Body(1, 2, [], [1], []))]),
        ("limit-after-a-part", [1, 255, 6, .. FuzzInput.Chunk(Body(1, 0, [], [], [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 3])), 38, .. FuzzInput.Chunk(Limit(1))]),
        ("limit-of-what-is-refused", [1, 255, 1, 255, 22, .. FuzzInput.Chunk(Refused(1, 3)), 38, .. FuzzInput.Chunk(Limit(1)), 0, 255]),
        ("limit-forged", [1, 255, 34, .. FuzzInput.Chunk(Limit(1))]),
        ("too-short", [6, .. FuzzInput.Chunk([1, 2, 3])]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MessagingSeat(new EndpointState
        {
            OutboundConversations =
            [
                new(MessagingSeat.Peer, ConversationId.OfName(MessagingSeat.Conversation), MessagingSeat.Conversation, MessagingSeat.Secret, 1),
            ],
        });
        var (taken, submitted) = (false, 0);
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            var step = choices.Byte();
            switch (step)
            {
                case 0:
                    seat.Advance(choices.Byte() * 100_000L);
                    break;
                case 1:
                    seat.Submit(new byte[choices.Byte() * 8]);
                    submitted++;
                    break;
                default:
                    taken |= Acknowledge(seat, step, choices.Chunk());
                    break;
            }

            InvariantException.Require(
                seat.Core.Snapshot() is var now && now.Acknowledged + now.Expired + now.Unsettled == submitted, "Each message is settled or under way.");
        }

        return taken;
    }

    private static bool Acknowledge(MessagingSeat seat, byte step, ReadOnlySpan<byte> chunk)
    {
        var body = chunk.ToArray();
        if ((step & NamesItRight) != 0 && body.Length >= Acknowledgement.AfterTag)
        {
            MessagingSeat.Peer.CopyTo(body);
            ConversationId.OfName(MessagingSeat.Conversation).CopyTo(body.AsSpan(32));
        }

        if ((step & TagsIt) != 0 && body.Length >= Acknowledgement.AfterTag)
        {
            // The three frames have their tags at the same place.
            SetTag(step, body);
        }

        var before = seat.Core.Snapshot();
        if ((step & IsRefusal) != 0)
        {
            return Refuse(seat, body, before);
        }

        if ((step & IsLimit) != 0)
        {
            return End(seat, body, before);
        }

        seat.Hand(FrameType.Acknowledgement, body);
        var after = seat.Core.Snapshot();
        var isRead = Acknowledgement.TryRead(body, out _);
        InvariantException.Require(
            after.AcknowledgementsReceived == before.AcknowledgementsReceived || (isRead && Acknowledgement.HasTag(body, MessagingSeat.Secret)),
            "Only an acknowledgement with the right tag is taken.");
        InvariantException.Require(
            after.Unsettled == before.Unsettled || after.AcknowledgementsReceived > before.AcknowledgementsReceived, "What isn't taken settles nothing.");
        return after.AcknowledgementsReceived > before.AcknowledgementsReceived;
    }

    private static bool Refuse(MessagingSeat seat, byte[] body, EndpointSnapshot before)
    {
        seat.Hand(FrameType.Refusal, body);
        var after = seat.Core.Snapshot();
        InvariantException.Require(
            after.RefusalsReceived == before.RefusalsReceived || (Refusal.TryRead(body, out _) && Refusal.HasTag(body, MessagingSeat.Secret)),
            "Only a refusal with the right tag is taken.");
        InvariantException.Require(
            after.HeldBackConversations == before.HeldBackConversations || after.RefusalsReceived > before.RefusalsReceived, "What isn't taken holds nothing back.");
        InvariantException.Require(after.Unsettled == before.Unsettled, "A refusal settles nothing.");
        return after.RefusalsReceived > before.RefusalsReceived;
    }

    private static bool End(MessagingSeat seat, byte[] body, EndpointSnapshot before)
    {
        seat.Hand(FrameType.ContentLimit, body);
        var after = seat.Core.Snapshot();
        var isTaken = ContentLimit.TryRead(body, out _) && ContentLimit.HasTag(body, MessagingSeat.Secret);
        InvariantException.Require(after.TooLarge == before.TooLarge || isTaken, "Only a content limit with the right tag ends anything.");
        InvariantException.Require(after.Unsettled == before.Unsettled, "A content limit settles nothing: its tombstones have to be acknowledged.");
        return after.TooLarge > before.TooLarge;
    }

    private static void SetTag(byte step, Span<byte> body)
    {
        if ((step & (IsRefusal | IsLimit)) == 0)
        {
            Acknowledgement.SetTag(body, MessagingSeat.Secret);
        }
        else
        {
            var label = (step & IsRefusal) != 0 ? MessagingLabels.Refusal : MessagingLabels.ContentLimit;
            FrameTag.Compute(label, MessagingSeat.Secret, body[..Refusal.TagOffset], body[Refusal.AfterTag..], body[Refusal.TagOffset..]);
        }
    }

    private static byte[] Limit(byte bytes) => [.. new byte[ContentLimit.AfterTag], bytes, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] Refused(byte first, byte bits) => [.. new byte[Refusal.AfterTag], first, 0, 0, 0, 0, 0, 0, 0, 1, bits];

    private static byte[] Body(ulong lowest, ulong cumulative, byte[] settled, byte[] tombstones, byte[] partials)
    {
        var numbers = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(numbers, lowest);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers.AsSpan(8), cumulative);
        return
        [
            .. new byte[Acknowledgement.AfterTag], .. numbers, (byte)settled.Length, .. settled, (byte)tombstones.Length, .. tombstones,
            partials.Length > 0 ? (byte)1 : (byte)0, .. partials,
        ];
    }
}
