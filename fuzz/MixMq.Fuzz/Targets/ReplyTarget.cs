using System.Security.Cryptography;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx.Sending;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// Replies to anonymous messages, at both ends of one node. Steps: 0 lets time pass, 1 hands over a message that may be answered, 2 replies to it, 3 hands over a supply of the input, for that message if bit 7 of its first byte is clear,
/// 4 asks and is told that the message arrived, 5 takes the message of a reply of the input, any other one that is right. What is stored was right, and each message is answered once.
/// </summary>
internal sealed class ReplyTarget : FuzzTarget
{
    private const int MostSteps = 24;
    private static readonly byte[] Secret = [.. Enumerable.Repeat((byte)7, AnonymousConstants.SecretBytes)];
    private static readonly int SurbBytes = Surb.WireBytes(SmallNetwork.MessagingParameters.Definition.Geometry);

    public override string Name => "reply";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Endpoint.Messaging.Anonymous.Replying.SupplyFrame::", "MixMq.Endpoint.Messaging.Anonymous.Replying.ReplyPiece::", "MixMq.Endpoint.Messaging.Anonymous.Replying.ReplyNotice::",
        "MixMq.Endpoint.Messaging.Anonymous.Replying.ReplyEnvelope::", "MixMq.Endpoint.Messaging.Anonymous.Replying.Questions::", "MixMq.Endpoint.Messaging.Anonymous.Replying.Askers::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("answered", [1, 2, 20, 3, .. FuzzInput.Chunk(Supply(1, 1, 0, 0, 1)), 3, .. FuzzInput.Chunk(Supply(2, 1, 0, 0, 1))]),
        ("waits", [1, 3, .. FuzzInput.Chunk(Supply(1, 1, 0, 0, 1)), 2, 9, 0, 90, 3, .. FuzzInput.Chunk(Supply(1, 0, 2, 1, 1))]),
        ("unknown", [3, .. FuzzInput.Chunk(Supply(1, 1, 0, 0, 1)), 2, 9]),
        ("closed-before", [1, 3, .. FuzzInput.Chunk(Supply(2, 1, 0, 0, 1)), 2, 9]),
        ("malformed", [1, 3, .. FuzzInput.Chunk([7, 1, 2])]),
        ("asked", [4, 6, 30, 0, 9, 6, 30]),
        ("none", [4, 5, .. FuzzInput.Chunk([3, 3])]),
        ("noted", [4, 5, .. FuzzInput.Chunk([3, 1]), 0, 200, 6, 12, 5, .. FuzzInput.Chunk([3, 2])]),
        ("piece", [4, 5, .. FuzzInput.Chunk([2, 0, 0, 0, 0, 1, 0, 0, 0, 9, 9]), 0, 200, 6, 12]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MessagingSeat(EndpointState.Empty, anonymous: true);
        MessageId? asked = null;
        var taken = false;
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            var (answers, stored) = (seat.Answers, seat.Stored);
            switch (choices.Byte())
            {
                case 0:
                    seat.Advance(choices.Byte() * 10_000_000L);
                    break;
                case 1:
                    seat.Hand(FrameType.Anonymous, Message(seat));
                    break;
                case 2:
                    seat.Reply(AnonymousFrame.IdOf(Secret), new byte[choices.Byte() * 4]);
                    break;
                case 3:
                    seat.Hand(FrameType.Supply, OfMessage(choices.Chunk()));
                    break;
                case 4:
                    asked ??= Ask(seat);
                    break;
                case 5:
                    Take(seat, asked, choices.Chunk());
                    break;
                default:
                    var content = new byte[choices.Byte()];
                    Take(seat, asked, asked is null ? [] : Right(seat, content));
                    break;
            }

            taken |= seat.Answers > answers || seat.Stored > stored;
            InvariantException.Require(seat.Stored <= 2, "One message comes here, and one reply.");
        }

        return taken;
    }

    private static MessageId Ask(MessagingSeat seat)
    {
        seat.Ask(new byte[5]);
        var id = seat.Anonymous.Last();
        seat.HandReply(id, [1, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
        InvariantException.Require(seat.Core.Snapshot().Questions == 1, "What arrived is asked about.");
        return id;
    }

    private static void Take(MessagingSeat seat, MessageId? asked, ReadOnlySpan<byte> message)
    {
        if (asked is { } id)
        {
            var stored = seat.Stored;
            seat.HandReply(id, message);
            InvariantException.Require(seat.Stored == stored || seat.Core.Snapshot().Questions <= 1, "A reply is stored for a question alone.");
        }
    }

    // The secret of the question is in the packets that left; a reply of one fragment that has its tag.
    private static byte[] Right(MessagingSeat seat, byte[] content)
    {
        var envelope = new ReplyEnvelope { ContentLength = content.Length, ContentHash = SHA256.HashData(content), Label = "" };
        byte[] payload = [.. envelope.ToBytes(seat.LastSecret), .. content];
        var full = ReplyPiece.PieceBytes(SmallNetwork.MessagingParameters.Definition.Geometry);
        var count = FragmentHeader.PieceCount(payload.Length, full);
        var message = new byte[ReplyPiece.FixedBytes + full];
        var index = (int)(seat.Time.Now.Micros / 1000 % count);
        var length = new ReplyPiece { Index = index, Count = count, Bytes = payload.AsSpan(index * full, Math.Min(full, payload.Length - (index * full))) }.Write(message);
        return message[..length];
    }

    private static byte[] OfMessage(ReadOnlySpan<byte> chunk)
    {
        var body = chunk.ToArray();
        if (body.Length >= Secret.Length && (body[0] & 0x80) == 0)
        {
            Secret.CopyTo(body, 0);
        }

        return body;
    }

    private static byte[] Message(MessagingSeat seat)
    {
        var hour = ((seat.Time.Now.UnixMillis / AnonymousConstants.ExpiryUnitMillis) + 1) * AnonymousConstants.ExpiryUnitMillis;
        var envelope = new AnonymousEnvelope
        {
            To = MessagingSeat.Own,
            ExpiresUnixMillis = hour,
            ReplyUntilUnixMillis = hour,
            ContentLength = 1,
            ContentHash = SHA256.HashData([3]),
            Label = "",
        };
        return [.. Secret, 1, 0, 0, 0, 0, 1, 0, 0, 0, .. new byte[SurbBytes], .. envelope.ToBytes(), 3];
    }

    private static byte[] Supply(byte state, byte asks, byte count, byte leading, byte surbs) =>
        [.. Secret, state, asks, count, 0, 0, 0, leading, 0, 0, 0, surbs, .. Enumerable.Repeat((byte)0xFF, surbs * SurbBytes)];
}
