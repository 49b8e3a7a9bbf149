using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// Marks of a sender and of a recipient, and loops, to a node that sends and receives in one conversation. The low bits of a step say what it is: 0 lets time pass, 1 submits a message, 2 is a sender
/// mark, 3 a recipient mark, 4 a loop. Bit 4: its names are made right; bit 5: its tag too; bit 6: a signature holds; bit 7: a recipient mark names this start of the node. Without
/// a tag and a signature that hold nothing is stored, and no message is settled by a mark alone.
/// </summary>
internal sealed class MarkTarget : FuzzTarget
{
    private const byte NamesItRight = 16, TagsIt = 32, SignatureHolds = 64, NamesThisStart = 128;
    private const int MostSteps = 24;

    private enum Step
    {
        Wait, Submit, SenderMark, RecipientMark, Loop,
    }

    public override string Name => "mark";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Endpoint.Messaging.Wire.SenderMark::", "MixMq.Endpoint.Messaging.Wire.RecipientMark::", "MixMq.Endpoint.Messaging.Sending.MarkExchange::Handle",
        "MixMq.Endpoint.Messaging.Sending.Reconciliation::Handle", "MixMq.Endpoint.Messaging.Receiving.MarkAnswerer::Handle", "MixMq.Endpoint.Loops.LoopFrame::", "MixMq.Endpoint.Loops.LoopRun::Handle",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("agreed", [(byte)Step.Submit, 10, 0xf0 | (byte)Step.RecipientMark, .. FuzzInput.Chunk(Recipient(0)), (byte)Step.Wait, 20]),
        ("store-lost", [(byte)Step.Submit, 10, 0xf0 | (byte)Step.RecipientMark, .. FuzzInput.Chunk(Recipient(9)), (byte)Step.Wait, 20, 0xf0 | (byte)Step.RecipientMark, .. FuzzInput.Chunk(Recipient(9))]),
        ("of-another-start", [(byte)Step.Submit, 10, 0x70 | (byte)Step.RecipientMark, .. FuzzInput.Chunk(Recipient(3)), (byte)Step.Wait, 255]),
        ("recipient-forged", [(byte)Step.Submit, 10, 0xd0 | (byte)Step.RecipientMark, .. FuzzInput.Chunk(Recipient(3))]),
        ("sender", [0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Sender(1)), (byte)Step.Wait, 20, 0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Sender(40))]),
        ("sender-forged", [0x30 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Sender(1)), 0x50 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Sender(1))]),
        ("question", [0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Sender(1)), (byte)Step.Wait, 20, 0x30 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(7)), 0x30 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(8))]),
        ("question-about-nothing", [0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(7)), 0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(8)), (byte)Step.Wait, 1, 0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(9))]),
        ("question-forged", [0x30 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(7)), 0x50 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(7))]),
        ("question-under-another-secret", [0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Sender(1)), 0x70 | (byte)Step.SenderMark, .. FuzzInput.Chunk(Question(7, 0x40))]),
        ("loop", [(byte)Step.Loop, .. FuzzInput.Chunk(new byte[16]), (byte)Step.Loop, .. FuzzInput.Chunk(new byte[15])]),
        ("short", [(byte)Step.SenderMark, .. FuzzInput.Chunk([1, 2]), (byte)Step.RecipientMark, .. FuzzInput.Chunk([1, 2])]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var id = ConversationId.OfName(MessagingSeat.Conversation);
        var seat = new MessagingSeat(new EndpointState
        {
            OutboundConversations = [new(MessagingSeat.Peer, id, MessagingSeat.Conversation, MessagingSeat.Secret, 1)],
        });
        var (taken, submitted) = (false, 0);
        byte[] start = [];
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            var step = choices.Byte();
            switch ((Step)((step & 15) % 5))
            {
                case Step.Wait:
                    seat.Advance(choices.Byte() * 100_000L);
                    break;
                case Step.Submit:
                    seat.Submit(new byte[choices.Byte() * 8]);
                    submitted++;
                    break;
                case Step.SenderMark:
                    taken |= OfSender(seat, step, choices.Chunk().ToArray());
                    break;
                case Step.RecipientMark:
                    taken |= OfRecipient(seat, step, choices.Chunk().ToArray(), start);
                    break;
                default:
                    seat.Hand(FrameType.Loop, choices.Chunk());
                    break;
            }

            // The node's own start stands in its marks.
            ReadOnlySpan<byte> sent = seat.LastMessage;
            if (Frame.TryTake(ref sent, out var type, out var body) && type == FrameType.SenderMark)
            {
                start = body.Slice(SenderMark.AfterTag, Incarnation.ByteCount).ToArray();
            }

            var now = seat.Core.Snapshot();
            InvariantException.Require(now.Expired + now.Unsettled == submitted && now.Acknowledged == 0, "No mark and no loop settles a message.");
            InvariantException.Require(now.Loops.Forward.Returned + now.Loops.Surb.Returned == 0, "A loop that wasn't sent hasn't returned.");
            InvariantException.Require(seat.Stored == 0, "No mark is a message.");
        }

        seat.Advance(60_000_000);
        return taken;
    }

    private static bool OfSender(MessagingSeat seat, byte step, byte[] body)
    {
        if ((step & NamesItRight) != 0 && body.Length >= SenderMark.AfterTag)
        {
            MessagingSeat.Peer.CopyTo(body);
            ConversationId.OfName(MessagingSeat.Conversation).CopyTo(body.AsSpan(NodeAddress.ByteLength));
        }

        var isRead = SenderMark.TryRead(body, out var mark);
        if ((step & TagsIt) != 0 && isRead)
        {
            FrameTag.Compute(MessagingLabels.SenderMarkTag, mark!.Secret, body.AsSpan(0, SenderMark.TagOffset), body.AsSpan(SenderMark.AfterTag), body.AsSpan(SenderMark.TagOffset));
        }

        if (isRead)
        {
            var again = new byte[mark!.ByteCount];
            _ = mark.Write(again);
            body.AsSpan(SenderMark.TagOffset, MessagingConstants.TagBytes).CopyTo(again.AsSpan(SenderMark.TagOffset));
            InvariantException.Require(again.AsSpan().SequenceEqual(body), "A sender mark that is read is canonical.");
        }

        var isKnown = seat.HasConversation;
        var before = seat.Operations;
        var sent = seat.Sent;
        seat.SignaturesHold = (step & SignatureHolds) != 0;
        seat.Hand(FrameType.SenderMark, body);
        if (isRead && mark!.Incarnation.IsQuestion)
        {
            JudgeQuestion(seat, mark, body, seat.Operations > before, seat.Sent - sent);
            return seat.Sent > sent;
        }

        InvariantException.Require(
            seat.Operations == before || (isRead && mark!.HasTag(body) && (seat.SignaturesHold || isKnown)), "A sender mark that isn't tagged and signed stores nothing.");
        return seat.Operations > before;
    }

    // A question changes nothing, and its answer says nothing but what was asked, under the secret that it was asked with.
    private static void JudgeQuestion(MessagingSeat seat, SenderMark question, byte[] body, bool stored, int answers)
    {
        InvariantException.Require(!stored, "A question stores nothing.");
        InvariantException.Require(answers == 0 || (answers == 1 && question.HasTag(body)), "Only a question with the right tag is answered, once.");
        if (answers == 0)
        {
            return;
        }

        ReadOnlySpan<byte> sent = seat.LastMessage;
        InvariantException.Require(
            Frame.TryTake(ref sent, out var type, out var answer) && sent.IsEmpty && type == FrameType.RecipientMark && RecipientMark.HasTag(answer, question.Secret), "The answer to a question is a mark under its secret.");
        InvariantException.Require(
            RecipientMark.TryRead(answer, out var mark) & mark.SenderIncarnation == question.Incarnation & mark is { Watermark: 0, Foreign: 0, MarkWanted: false }, "The answer to a question is its own.");
        InvariantException.Require(seat.HasConversation || mark.Highest == 0, "Of a conversation that isn't there nothing is there.");
    }

    private static bool OfRecipient(MessagingSeat seat, byte step, byte[] body, byte[] start)
    {
        if ((step & NamesItRight) != 0 && body.Length >= RecipientMark.AfterTag)
        {
            MessagingSeat.Peer.CopyTo(body);
            ConversationId.OfName(MessagingSeat.Conversation).CopyTo(body.AsSpan(NodeAddress.ByteLength));
        }

        if ((step & NamesThisStart) != 0 && body.Length >= RecipientMark.AfterTag + start.Length)
        {
            start.CopyTo(body.AsSpan(RecipientMark.AfterTag));
        }

        var isRead = RecipientMark.TryRead(body, out var mark);
        if (isRead)
        {
            if ((step & TagsIt) != 0)
            {
                mark.Write(body, MessagingSeat.Secret);
            }

            var again = new byte[RecipientMark.ByteCount];
            mark.Write(again, MessagingSeat.Secret);
            body.AsSpan(RecipientMark.TagOffset, MessagingConstants.TagBytes).CopyTo(again.AsSpan(RecipientMark.TagOffset));
            InvariantException.Require(again.AsSpan().SequenceEqual(body), "A recipient mark that is read is canonical.");
        }

        var before = seat.Operations;
        seat.Hand(FrameType.RecipientMark, body);
        InvariantException.Require(
            seat.Operations == before || (isRead && RecipientMark.HasTag(body, MessagingSeat.Secret)), "A recipient mark without the right tag stores nothing.");
        return isRead && RecipientMark.HasTag(body, MessagingSeat.Secret);
    }

    private static byte[] Sender(ulong next) => Sender(next, new Incarnation(5 + next, 7), MessagingSeat.Secret);

    private static byte[] Question(byte nonce, byte secret = 0x90) =>
        Sender(1, new Incarnation(0, nonce), ConversationSecret.FromBytes(SmallNetwork.Bytes(ConversationSecret.ByteCount, secret)));

    private static byte[] Sender(ulong next, Incarnation incarnation, ConversationSecret secret)
    {
        var mark = new SenderMark
        {
            Sender = MessagingSeat.Peer,
            Conversation = ConversationId.OfName(MessagingSeat.Conversation),
            Incarnation = incarnation,
            Secret = secret,
            Next = next,
            Base = 1,
            Recipient = Incarnation.None,
            AnswerWanted = true,
            Signature = new byte[Ed25519.SignatureBytes],
            Name = MessagingSeat.Conversation,
        };
        var body = new byte[mark.ByteCount];
        _ = mark.Write(body);
        return body;
    }

    private static byte[] Recipient(ulong highest)
    {
        var body = new byte[RecipientMark.ByteCount];
        new RecipientMark(MessagingSeat.Peer, ConversationId.OfName(MessagingSeat.Conversation), new Incarnation(1, 2), new Incarnation(3, 4), highest, highest / 2, 0, MarkWanted: true)
            .Write(body, MessagingSeat.Secret);
        return body;
    }
}
