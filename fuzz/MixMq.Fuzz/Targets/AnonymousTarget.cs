using System.Security.Cryptography;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx.Sending;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// Anonymous frames to a node that takes such messages, and answers to one that sends them. Steps: 0 lets time pass, 1 submits a message of so many bytes, 2 takes an answer to the first of them from the input, any other
/// a frame: bit 2, its envelope is made for this node and an hour ahead, and its hash right. What is stored was whole, and what no answer tells of stays under way.
/// </summary>
internal sealed class AnonymousTarget : FuzzTarget
{
    private const byte MakesItRight = 4;
    private const int MostSteps = 24;
    private static readonly int SurbBytes = Surb.WireBytes(SmallNetwork.MessagingParameters.Definition.Geometry);

    public override string Name => "anonymous";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Endpoint.Messaging.Anonymous.AnonymousFrame::", "MixMq.Endpoint.Messaging.Anonymous.AnonymousEnvelope::", "MixMq.Endpoint.Messaging.Anonymous.AnonymousAnswer::",
        "MixMq.Endpoint.Messaging.Anonymous.AnonymousInbox::", "MixMq.Endpoint.Messaging.Anonymous.AnonymousEntry::", "MixMq.Endpoint.Messaging.Anonymous.AnonymousMessage::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("one-piece", [4, .. FuzzInput.Chunk(Frame(1, 0, 1, 5))]),
        ("one-piece-twice", [4, .. FuzzInput.Chunk(Frame(1, 0, 1, 5)), 4, .. FuzzInput.Chunk(Frame(1, 0, 1, 5)), 0, 10]),
        ("withdrawn", [4, .. FuzzInput.Chunk(Withdrawal(1)), 4, .. FuzzInput.Chunk(Frame(1, 0, 1, 5)), 0, 10]),
        ("received-then-withdrawn", [4, .. FuzzInput.Chunk(Frame(1, 0, 1, 5)), 4, .. FuzzInput.Chunk(Withdrawal(1)), 0, 10]),
        ("over-the-quota", [.. Enumerable.Range(1, 6).SelectMany(i => (byte[])[4, .. FuzzInput.Chunk(Frame((byte)i, 0, 1, 3))])]),
        ("wrong-hash", [3, .. FuzzInput.Chunk(Frame(1, 0, 1, 5))]),
        ("no-first-piece", [4, .. FuzzInput.Chunk(Frame(1, 1, 2, 5))]),
        ("too-short", [3, .. FuzzInput.Chunk([1, 2, 3])]),
        ("answers", [1, 20, 2, .. FuzzInput.Chunk([1, 2, 0, 0, 0, 0, 0, 0, 0, 0])]),
        ("gathering", [1, 255, 2, .. FuzzInput.Chunk([1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 3]), 0, 10, 2, .. FuzzInput.Chunk([1, 1, 8, 0, 0, 0, 1, 0, 0, 0]), 0, 90]),
        ("refused", [1, 20, 2, .. FuzzInput.Chunk([1, 4, 0, 0, 0, 0, 0, 0, 0, 0]), 0, 90]),
        ("withdrawn-unasked", [1, 20, 2, .. FuzzInput.Chunk([1, 3, 0, 0, 0, 0, 0, 0, 0, 0]), 0, 90]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MessagingSeat(EndpointState.Empty, anonymous: true);
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
                    seat.SubmitAnonymous(new byte[choices.Byte() * 8]);
                    submitted++;
                    break;
                case 2:
                    taken |= Answer(seat, choices.Chunk());
                    break;
                default:
                    taken |= Receive(seat, step, choices.Chunk());
                    break;
            }

            InvariantException.Require(
                seat.Core.Snapshot() is var now && now.Acknowledged + now.Expired + now.AnonymousUnsettled == submitted, "Each message is settled or under way.");
        }

        return taken;
    }

    private static bool Answer(MessagingSeat seat, ReadOnlySpan<byte> message)
    {
        if (seat.Anonymous.Count == 0)
        {
            return false;
        }

        var before = seat.Core.Snapshot();
        seat.HandReply(seat.Anonymous.First(), message);
        var after = seat.Core.Snapshot();
        InvariantException.Require(
            after.AnonymousUnsettled == before.AnonymousUnsettled || (AnonymousAnswer.TryRead(message, out var answer) && answer.State == AnonymousState.Settled),
            "Only who says that it has a message settles it.");
        return after.AcknowledgementsReceived > before.AcknowledgementsReceived;
    }

    private static bool Receive(MessagingSeat seat, byte step, ReadOnlySpan<byte> chunk)
    {
        var body = chunk.ToArray();
        if ((step & MakesItRight) != 0)
        {
            MakeRight(seat, body);
        }

        var (stored, messages) = (seat.Stored, seat.Core.Snapshot().InboxMessages);
        seat.Hand(FrameType.Anonymous, body);
        InvariantException.Require(seat.Stored <= stored + 1 && seat.Core.Snapshot().InboxMessages <= 4, "The quota holds.");
        return seat.Stored > stored || seat.Core.Snapshot().InboxMessages > messages;
    }

    private static void MakeRight(MessagingSeat seat, byte[] body)
    {
        var geometry = SmallNetwork.MessagingParameters.Definition.Geometry;
        if (!AnonymousFrame.TryRead(body, geometry, out var frame) || !AnonymousEnvelope.TryRead(frame.Bytes, out var envelope, out var length))
        {
            return;
        }

        var content = frame.Bytes[length..].ToArray();
        var right = new AnonymousEnvelope
        {
            To = MessagingSeat.Own,
            ExpiresUnixMillis = ((seat.Time.Now.UnixMillis / AnonymousConstants.ExpiryUnitMillis) + 1) * AnonymousConstants.ExpiryUnitMillis,
            ContentLength = envelope.ContentLength,
            ContentHash = SHA256.HashData(content),
            ReplyUntilUnixMillis = envelope.ReplyUntilUnixMillis,
            Label = envelope.Label,
        }.ToBytes();
        if (right.Length == length)
        {
            right.CopyTo(body.AsSpan(AnonymousFrame.FixedBytes + SurbBytes));
        }
    }

    private static byte[] Frame(byte secret, byte index, byte count, int contentBytes) =>
    [
        .. Enumerable.Repeat(secret, AnonymousConstants.SecretBytes), 1, index, 0, 0, 0, count, 0, 0, 0, .. new byte[SurbBytes],
        .. new AnonymousEnvelope { To = MessagingSeat.Own, ExpiresUnixMillis = 0, ContentLength = contentBytes, ContentHash = new byte[32], Label = "x" }.ToBytes(),
        .. new byte[contentBytes],
    ];

    private static byte[] Withdrawal(byte secret) =>
        [.. Enumerable.Repeat(secret, AnonymousConstants.SecretBytes), 2, 0, 0, 0, 0, 1, 0, 0, 0, .. new byte[SurbBytes]];
}
