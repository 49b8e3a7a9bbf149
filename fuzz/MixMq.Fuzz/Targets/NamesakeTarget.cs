using System.Buffers.Binary;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// A correspondent is written to by two addresses, and it is heard, or not any more, that they are one's. Each step has a byte beside it. Steps: 0 lets time pass, 1 and 2 submit to the first and to the second address, 3 says whether they
/// are one's (bit 0), 4 answers the last question (bit 0: its nonce; bit 1: its tag; the rest: the highest place), 5 acknowledges so many places of the first or (bit 7) the second one's conversation, 6 lets the store and signatures
/// be slow (bit 0), 7 takes a recipient mark from the input for the first or (bit 0) the second one's, with its names, tag and the start that it names made right. Whatever comes, each message stands in one place until it is settled, and while nothing was said of either only questions leave.
/// </summary>
internal sealed class NamesakeTarget : FuzzTarget
{
    private const int MostSteps = 40;
    private static readonly NodeAddress Later = SmallNetwork.Address(0x61);
    private static readonly ConversationId Id = ConversationId.OfName(MessagingSeat.Conversation);
    private static readonly Successions Known = Heard();

    private enum Step : byte
    {
        Wait, SubmitFirst, SubmitSecond, Hear, Answer, Acknowledge, Slow, Mark,
    }

    public override string Name => "namesake";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Endpoint.Messaging.Sending.OutboxJoins::", "MixMq.Endpoint.Messaging.Sending.NamesakeConversations::", "MixMq.Endpoint.Messaging.Sending.Reconciliation::",
        "MixMq.Endpoint.Messaging.Sending.WaitingMessages::Join", "MixMq.Endpoint.Messaging.Sending.OutboundConversation::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("first-stays", [1, 5, 2, 5, 3, 1, 0, 5, 4, 7, 0, 5, 5, 2]),
        ("second-stays", [1, 5, 2, 5, 3, 1, 0, 5, 4, 3, 0, 5, 5, 0x82]),
        ("history-says", [1, 5, 5, 1, 2, 5, 3, 1, 0, 5, 1, 4, 2, 4, 0, 5]),
        ("history-of-the-second", [1, 5, 2, 5, 5, 0x81, 3, 1, 0, 5, 1, 4, 0, 5]),
        ("both-have-a-history", [1, 5, 2, 5, 5, 1, 5, 0x81, 1, 5, 2, 5, 3, 1, 0, 20, 5, 2]),
        ("answer-forged", [1, 5, 2, 5, 3, 1, 0, 5, 4, 5, 4, 2, 0, 5, 4, 7]),
        ("forgotten-and-heard-again", [1, 5, 2, 5, 3, 1, 0, 5, 3, 0, 0, 5, 3, 1, 0, 5, 4, 7, 0, 5]),
        ("while-the-store-is-slow", [6, 1, 1, 5, 2, 5, 3, 1, 6, 0, 0, 5, 6, 1, 1, 5, 4, 7, 2, 5, 6, 0, 0, 5]),
        ("acknowledged-while-it-goes", [1, 5, 2, 5, 3, 1, 0, 5, 6, 1, 5, 1, 4, 7, 5, 0x81, 6, 0, 0, 5]),
        ("asked-again", [1, 5, 2, 5, 3, 1, 0, 255, 0, 255, 0, 255, 4, 7, 0, 255]),
        ("mark", [1, 5, 2, 5, 3, 1, 0, 5, 7, 0, .. FuzzInput.Chunk(Told(0, 0)), 4, 7, 0, 5, 7, 0, .. FuzzInput.Chunk(Told(9, 9)), 0, 20]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MessagingSeat(new EndpointState());
        var (isHeard, isTold) = (false, false);
        var had = new HashSet<NodeAddress>();
        SenderMark? question = null;
        var start = Incarnation.None;
        seat.FrameLeft = (type, body) =>
        {
            var mark = type == FrameType.SenderMark && SenderMark.TryRead(body, out var read) ? read : null;
            if (mark is { Incarnation.IsQuestion: true })
            {
                InvariantException.Require(isHeard, "Nobody is asked about what isn't one's.");
                question = mark;
            }
            else if (type is FrameType.Fragment or FrameType.Tombstone or FrameType.SenderMark)
            {
                start = mark?.Incarnation ?? start;
                InvariantException.Require(!isHeard || isTold || had.Count > 0 || seat.Places.Secrets.Count < 2, "While nothing was said of either nothing leaves but questions.");
            }
        };
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            var (step, value) = ((Step)(choices.Byte() % 8), choices.Byte());
            switch (step)
            {
                case Step.Wait:
                    seat.Advance(value * 100_000L);
                    break;
                case Step.SubmitFirst or Step.SubmitSecond:
                    seat.Submit(new byte[value * 4], step == Step.SubmitFirst ? MessagingSeat.Peer : Later);
                    break;
                case Step.Hear:
                    // To hear the same once more forgets no answer.
                    isHeard &= (value & 1) != 0;
                    isTold &= isHeard;
                    seat.Follow((value & 1) != 0 ? Known : Successions.None);
                    isHeard = (value & 1) != 0;
                    break;
                case Step.Answer:
                    if (question is not null)
                    {
                        isTold |= (value & 3) == 3;
                        Answer(seat, question, value);
                    }

                    break;
                case Step.Acknowledge:
                    Acknowledge(seat, (value & 0x80) == 0 ? MessagingSeat.Peer : Later, (byte)(value & 15), had);
                    break;
                case Step.Slow:
                    seat.HoldsAnswers = (value & 1) != 0;
                    seat.Advance(0);
                    break;
                default:
                    Mark(seat, (value & 1) == 0 ? MessagingSeat.Peer : Later, start, choices.Chunk());
                    break;
            }
        }

        seat.HoldsAnswers = false;
        seat.Advance(60_000_000);
        var now = seat.Core.Snapshot();
        InvariantException.Require(seat.Places.Settled + seat.Places.Unsettled == seat.Accepted, "Each message is settled or stands in one place.");

        // What the recipient has lost is under way once more.
        InvariantException.Require(seat.Places.Unsettled <= now.Unsettled, "What isn't settled is under way.");
        return now.Acknowledged > 0 || seat.Places.Secrets.Count == 1;
    }

    private static void Answer(MessagingSeat seat, SenderMark question, byte choice)
    {
        var isRight = (choice & 3) == 3;
        var mark = new RecipientMark(
            MessagingSeat.Peer, Id, (choice & 1) != 0 ? question.Incarnation : new Incarnation(0, 1), new Incarnation(3, 4), (ulong)choice >> 2, 0, 0, MarkWanted: false);
        var body = new byte[RecipientMark.ByteCount];
        mark.Write(body, question.Secret);
        body[RecipientMark.TagOffset] ^= (choice & 2) == 0 ? (byte)1 : (byte)0;
        var before = seat.Operations;
        seat.Hand(FrameType.RecipientMark, body);
        InvariantException.Require(isRight || seat.Operations == before, "What isn't the answer to the question decides nothing.");
    }

    private static void Mark(MessagingSeat seat, NodeAddress of, Incarnation start, ReadOnlySpan<byte> chunk)
    {
        var body = new byte[RecipientMark.ByteCount];
        chunk[..Math.Min(chunk.Length, body.Length)].CopyTo(body);
        start.CopyTo(body.AsSpan(RecipientMark.AfterTag));
        if (RecipientMark.TryRead(body, out var mark) && seat.Places.Secrets.TryGetValue((of, Id), out var secret))
        {
            (mark with { Recipient = of, Conversation = Id }).Write(body, secret);
            seat.Hand(FrameType.RecipientMark, body);
        }
    }

    // Tagged for a conversation of which the recipient's start isn't known; after a right mark of its it is dropped.
    private static void Acknowledge(MessagingSeat seat, NodeAddress of, byte places, HashSet<NodeAddress> had)
    {
        if (!seat.Places.Secrets.TryGetValue((of, Id), out var secret))
        {
            return;
        }

        var body = new byte[Acknowledgement.AfterTag + 8 + 8 + 3];
        of.CopyTo(body);
        Id.CopyTo(body.AsSpan(NodeAddress.ByteLength));
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(Acknowledgement.AfterTag), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(Acknowledgement.AfterTag + 8), places);
        Acknowledgement.SetTag(body, secret);

        // What follows from it may leave at once.
        var before = seat.Core.Snapshot().Unsettled;
        var isFirst = had.Add(of);
        seat.Hand(FrameType.Acknowledgement, body);
        if (isFirst && seat.Core.Snapshot().Unsettled == before && !seat.HoldsAnswers)
        {
            _ = had.Remove(of);
        }
    }

    private static byte[] Told(ulong highest, ulong foreign)
    {
        var body = new byte[RecipientMark.ByteCount];
        new RecipientMark(MessagingSeat.Peer, Id, Incarnation.None, new Incarnation(3, 4), highest, 0, foreign, MarkWanted: true).Write(body, MessagingSeat.Secret);
        return body;
    }

    private static Successions Heard() => Succession.TryCreate(MessagingSeat.Peer, Later, 1, 0, isEmergency: false, out var succession) == Overlay.Admission.StatementError.None
        ? Successions.Of([succession!])
        : throw new InvalidOperationException("These are two addresses.");
}
