using System.Security.Cryptography;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Fuzz.Worlds;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// Fragments and tombstones, with the envelopes in them, to a node that knows nobody yet. Low bits of a step: 0 lets time pass; 1 takes a whole
/// message from the input as it is; 2 takes a frame's body from the input, tagged again if bit 4 is set; 3 makes a frame of a good envelope
/// whose fields the input chooses: bit 2, a tombstone; bit 4, the envelope's bytes are altered by the input; bit 5, sequences sixteen times as far
/// apart; bit 6, another conversation. Bit 3: nothing that the core asks for is answered in this step. Bit 7: signatures don't hold.
/// </summary>
internal sealed class FragmentTarget : FuzzTarget
{
    private const int MostSteps = 32;

    public override string Name => "fragment";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Endpoint.Messaging.Wire.FragmentHeader::TryRead", "MixMq.Endpoint.Messaging.Wire.FragmentHeader::HasTag",
        "MixMq.Endpoint.Messaging.Wire.Envelope::Try", "MixMq.Endpoint.Messaging.Wire.Frame::TryTake",
        "MixMq.Endpoint.Messaging.Wire.WireReader::", "MixMq.Endpoint.Messaging.Receiving.Inbox::Handle", "MixMq.Endpoint.Messaging.Receiving.Inbox::Add",
        "MixMq.Endpoint.Messaging.Receiving.Inbox::FindOrOpen", "MixMq.Endpoint.Messaging.Receiving.Inbox::Place",
        "MixMq.Endpoint.Messaging.Receiving.Inbox::RaiseBase", "MixMq.Endpoint.Messaging.Receiving.Inbox::Has",
        "MixMq.Endpoint.Messaging.Receiving.Partials::Handle", "MixMq.Endpoint.Messaging.Receiving.Partials::Open",
        "MixMq.Endpoint.Messaging.Receiving.Partials::Complete", "MixMq.Endpoint.Messaging.Receiving.UnverifiedFragments::",
        "MixMq.Endpoint.EndpointCore::HandleReceived",
    ];

    private static int PieceBytes => FragmentHeader.PieceBytes(MessagingSeat.MessageCapacity);

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            yield return ("one-piece", [3, 1, 1, 0, 10, 0]);
            yield return ("two-pieces", [3, 1, 1, 0, 200, 3, 3, 1, 1, 1, 200, 3]);
            yield return ("backwards", [3, 1, 1, 1, 200, 3, 3, 1, 1, 0, 200, 3]);
            yield return ("twice", [3, 1, 1, 0, 10, 0, 0, 5, 3, 1, 1, 0, 10, 0]);
            yield return ("held", [3, 2, 1, 0, 10, 0, 3, 1, 1, 0, 10, 0]);
            yield return ("tombstone", [7, 1, 1, 0, 0, 0]);
            yield return ("forged", [0x83, 1, 1, 0, 10, 0]);
            yield return ("altered", [0x13, 1, 1, 0, 10, 0, .. FuzzInput.Chunk([0, 0, 0, 1])]);
            yield return ("gives-up", [3, 1, 1, 0, 200, 3, 0, 255, 0, 255]);
            yield return ("several-frames", [1, .. FuzzInput.Chunk([.. Frame(1, 1, 0, 10, false), .. Frame(2, 1, 0, 10, false), 9, 0, 0])]);
            yield return ("body", [3, 1, 1, 0, 10, 0, 0x12, .. FuzzInput.Chunk(Frame(2, 1, 0, 30, false).AsSpan(3))]);
            yield return ("two-under-way", [0x0b, 1, 1, 0, 10, 0, 0x0b, 1, 1, 0, 10, 0, 3, 2, 1, 0, 10, 0]);
            yield return ("message-and-tombstone", [3, 1, 1, 0, 200, 3, 7, 1, 1, 0, 0, 0, 3, 1, 1, 1, 200, 3]);
            yield return ("far-ahead", [3, 1, 1, 0, 10, 0, 0x23, 100, 1, 0, 10, 0, 0x23, 100, 99, 0, 10, 0]);
            yield return ("many-conversations", [0x4b, 1, 1, 0, 10, 0, 0x4b, 2, 1, 0, 10, 0, 0x4b, 3, 1, 0, 10, 0, 0x4b, 4, 1, 0, 10, 0, 0x4b, 5, 1, 0, 10, 0, 0, 1, 0x43, 6, 1, 0, 10, 0]);
            yield return ("unknown-frame", [1, .. FuzzInput.Chunk([77, 1, 0, 5])]);
        }
    }

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MessagingSeat(EndpointState.Empty);
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            var step = choices.Byte();
            seat.SignaturesHold = (step & 0x80) == 0;
            seat.HoldsAnswers = (step & 8) != 0;
            switch (step & 3)
            {
                case 0:
                    seat.Advance(choices.Byte() * 10_000_000L);
                    break;
                case 1:
                    var message = choices.Chunk().ToArray();
                    seat.Call((core, now, sink) => core.HandleReceived(message, now, ref sink));
                    break;
                case 2:
                    var body = choices.Chunk().ToArray();
                    if ((step & 0x10) != 0 && FragmentHeader.TryRead(body, out var header, out _))
                    {
                        header.Write(FrameType.Fragment, MessagingSeat.Secret, body);
                    }

                    seat.Hand((step & 4) != 0 ? FrameType.Tombstone : FrameType.Fragment, body);
                    break;
                default:
                    HandMade(seat, step, ref choices);
                    break;
            }

            var snapshot = seat.Core.Snapshot();
            InvariantException.Require(seat.HoldsAnswers || snapshot.UncommittedBytes == 0, "What is durable isn't waited for.");
            InvariantException.Require(
                seat.HoldsAnswers || snapshot.Received + snapshot.ReceivedTombstones == seat.Stored, "What is stored is counted once.");
        }

        seat.HoldsAnswers = false;
        seat.Advance(0);
        return seat.Stored > 0;
    }

    private static void HandMade(MessagingSeat seat, byte step, ref FuzzInput choices)
    {
        ulong sequence = choices.Byte();
        ulong lowest = choices.Byte();
        int index = choices.Byte();
        int content = choices.UInt16() % 4096;
        var name = (step & 0x40) != 0 ? $"c{sequence}" : MessagingSeat.Conversation;
        var factor = (step & 0x20) != 0 ? 16ul : 1;
        var frame = Frame(sequence * factor, lowest * factor, index, content, (step & 4) != 0, (step & 0x10) != 0 ? choices.Chunk() : [], name);
        if (frame.Length > 0)
        {
            seat.Call((core, now, sink) => core.HandleReceived(frame, now, ref sink));
        }
    }

    private static byte[] Frame(ulong sequence, ulong lowest, int index, int content, bool isTombstone, ReadOnlySpan<byte> alterations = default, string name = MessagingSeat.Conversation)
    {
        var bytes = new byte[isTombstone ? 0 : content];
        var id = MessageId.FromBytes(SmallNetwork.Bytes(MessageId.ByteCount, (byte)sequence));
        var conversation = ConversationId.OfName(name);
        var envelope = new Envelope
        {
            Kind = isTombstone ? EnvelopeKind.Tombstone : EnvelopeKind.Message,
            From = MessagingSeat.Peer,
            To = MessagingSeat.Own,
            Id = id,
            Conversation = conversation,
            Sequence = sequence,
            CreatedUnixMillis = VirtualTime.StartUnixMillis,
            ExpiresUnixMillis = VirtualTime.StartUnixMillis + 3_600_000,
            Secret = MessagingSeat.Secret,
            ContentLength = bytes.Length,
            ContentHash = isTombstone ? new byte[32] : SHA256.HashData(bytes),
            Label = "x",
            Name = name,
        }.ToUnsignedBytes();
        for (var i = 0; i < Math.Min(alterations.Length, envelope.Length); i++)
        {
            envelope[i] ^= alterations[i];
        }

        byte[] payload = [.. envelope, .. bytes];
        var count = isTombstone ? 1 : FragmentHeader.PieceCount(payload.Length, PieceBytes);
        var piece = payload.AsSpan(Math.Min(payload.Length, index * PieceBytes));
        piece = piece[..Math.Min(piece.Length, PieceBytes)];
        var type = isTombstone ? FrameType.Tombstone : FrameType.Fragment;
        var frame = new byte[Endpoint.Messaging.Wire.Frame.HeaderBytes + FragmentHeader.ByteCount + piece.Length];
        piece.CopyTo(frame.AsSpan(Endpoint.Messaging.Wire.Frame.HeaderBytes + FragmentHeader.ByteCount));
        new FragmentHeader(new Place(MessagingSeat.Peer, conversation, sequence), id, lowest, (uint)index, (uint)count)
            .Write(type, MessagingSeat.Secret, frame.AsSpan(Endpoint.Messaging.Wire.Frame.HeaderBytes));
        Endpoint.Messaging.Wire.Frame.WriteHeader(frame, type, frame.Length - Endpoint.Messaging.Wire.Frame.HeaderBytes);
        return frame;
    }
}
