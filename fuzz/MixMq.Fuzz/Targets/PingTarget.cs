using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Pings;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// Pings of others, and answers to this node's. Steps: 0 lets time pass, 1 begins a ping, any other takes a frame from the input, a ping or (bit 3) an answer: bit 1, its names are made right, or its nonce is that of the last ping; bit 2,
/// a ping's signature holds, or an answer's tag is made right. Nothing of it is ever stored, and nothing but a right ping is answered.
/// </summary>
internal sealed class PingTarget : FuzzTarget
{
    private const byte NamesItRight = 2, ProvesIt = 4, IsAnswer = 8;
    private const int MostSteps = 24;
    private const int NonceAt = Frame.HeaderBytes + (2 * NodeAddress.ByteLength);

    public override string Name => "ping";

    public override IReadOnlyList<string> Parsers =>
        ["MixMq.Endpoint.Pings.PingFrame::", "MixMq.Endpoint.Pings.PingAnswer::", "MixMq.Endpoint.Pings.PingRun::", "MixMq.Endpoint.Pings.PingAnswerer::"];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("ping", [6, .. FuzzInput.Chunk(Ping())]),
        ("ping-forged", [2, .. FuzzInput.Chunk(Ping())]),
        ("ping-of-a-stranger", [4, .. FuzzInput.Chunk(Ping())]),
        ("pings-beyond-the-rate", [.. Enumerable.Repeat<byte[]>([6, .. FuzzInput.Chunk(Ping())], 12).SelectMany(step => step), 0, 10, 6, .. FuzzInput.Chunk(Ping())]),
        ("answer", [1, 14, .. FuzzInput.Chunk(new byte[PingAnswer.ByteCount])]),
        ("answer-twice", [1, 14, .. FuzzInput.Chunk(new byte[PingAnswer.ByteCount]), 14, .. FuzzInput.Chunk(new byte[PingAnswer.ByteCount])]),
        ("answer-forged", [1, 10, .. FuzzInput.Chunk(new byte[PingAnswer.ByteCount])]),
        ("answer-too-late", [1, 0, 20, 14, .. FuzzInput.Chunk(new byte[PingAnswer.ByteCount])]),
        ("answer-nobody-asked-for", [14, .. FuzzInput.Chunk(new byte[PingAnswer.ByteCount])]),
        ("too-short", [6, .. FuzzInput.Chunk([1, 2, 3]), 14, .. FuzzInput.Chunk([1])]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MessagingSeat(new EndpointState());
        var (taken, begun) = (false, 0L);
        byte[] last = [];
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            var step = choices.Byte();
            switch (step)
            {
                case 0:
                    seat.Advance(choices.Byte() * 100_000L);
                    break;
                case 1:
                    seat.Ping(++begun);
                    last = seat.LastSent;
                    break;
                default:
                    taken |= (step & IsAnswer) != 0 ? Answer(seat, step, choices.Chunk(), last) : Ask(seat, step, choices.Chunk());
                    break;
            }
        }

        seat.Advance(2_000_000);
        InvariantException.Require(seat.Pings.Count == begun, "Each ping ends.");
        InvariantException.Require(seat.Core.NextDeadline == Overlay.Moment.Never, "Nothing is left of pings.");
        InvariantException.Require(seat.Stored == 0 && seat.Core.Snapshot() is { InboxMessages: 0, Unsettled: 0, UncommittedBytes: 0 }, "Nothing of pings is stored.");
        return taken;
    }

    private static bool Ask(MessagingSeat seat, byte step, ReadOnlySpan<byte> chunk)
    {
        var body = chunk.ToArray();
        if ((step & NamesItRight) != 0 && body.Length >= 2 * NodeAddress.ByteLength)
        {
            MessagingSeat.Peer.CopyTo(body);
            MessagingSeat.Own.CopyTo(body.AsSpan(NodeAddress.ByteLength));
        }

        seat.SignaturesHold = (step & ProvesIt) != 0;
        var before = seat.Sent;
        seat.Hand(FrameType.Ping, body);
        var isRight = PingFrame.TryRead(body, out var ping, out var signature);
        InvariantException.Require(seat.Sent == before || (seat.Sent == before + 1 && isRight && seat.SignaturesHold && ping!.Recipient == MessagingSeat.Own), "Only a right ping is answered, once.");
        if (isRight)
        {
            var again = new byte[PingFrame.ByteCount];
            ping!.Write(again, signature);
            InvariantException.Require(again.AsSpan().SequenceEqual(body), "A ping that is taken is canonical.");
        }

        if (seat.Sent == before)
        {
            return false;
        }

        InvariantException.Require(
            seat.LastSent.Length == Frame.HeaderBytes + PingAnswer.ByteCount && PingAnswer.HasTag(seat.LastSent.AsSpan(Frame.HeaderBytes), ping!.Secret), "The answer is alone, and under the ping's secret.");
        return true;
    }

    private static bool Answer(MessagingSeat seat, byte step, ReadOnlySpan<byte> chunk, byte[] last)
    {
        var body = chunk.ToArray();
        if (body.Length == PingAnswer.ByteCount && last.Length > 0 && (step & NamesItRight) != 0)
        {
            last.AsSpan(NonceAt, ExchangeNonce.ByteCount).CopyTo(body);
            if ((step & ProvesIt) != 0)
            {
                PingAnswer.Write(ExchangeNonce.FromBytes(body.AsSpan(0, ExchangeNonce.ByteCount)), SecretOf(last), body);
            }
        }

        var before = seat.Core.Snapshot().PingsAnswered;
        seat.Hand(FrameType.PingAnswer, body);
        var isTaken = seat.Core.Snapshot().PingsAnswered > before;
        InvariantException.Require(!isTaken || (last.Length > 0 && PingAnswer.HasTag(body, SecretOf(last))), "Only an answer with the right tag is taken.");
        return isTaken;
    }

    private static ConversationSecret SecretOf(byte[] ping) => ConversationSecret.FromBytes(ping.AsSpan(NonceAt + ExchangeNonce.ByteCount, ConversationSecret.ByteCount));

    private static byte[] Ping()
    {
        var body = new byte[PingFrame.ByteCount];
        new PingFrame
        {
            Sender = MessagingSeat.Peer,
            Recipient = MessagingSeat.Own,
            Nonce = ExchangeNonce.FromBytes(SmallNetwork.Bytes(ExchangeNonce.ByteCount, 3)),
            Secret = MessagingSeat.Secret,
        }.Write(body, SmallNetwork.Bytes(Ed25519.SignatureBytes, 7));
        return body;
    }
}
