using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>
/// The message of a packet by SURB that brings a fragment of a reply, spec/07 §18.8:
/// <code>
///   0  type u8 = 2   1  index u32   5  count u32   9  bytes
/// </code>
/// </summary>
internal readonly ref struct ReplyPiece
{
    public const byte Type = 2;
    public const int FixedBytes = 9;

    public required int Index { get; init; }

    public required int Count { get; init; }

    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Payload bytes of a full one.</summary>
    public static int PieceBytes(PacketGeometry geometry) => Math.Max(1, geometry.ReplyCapacity - FixedBytes);

    /// <summary>Fragments that a reply has at most.</summary>
    public static int MaxCount(PacketGeometry geometry) => FragmentHeader.PieceCount(AnonymousConstants.MaxReplyBytes + ReplyEnvelope.MaxBytes, PieceBytes(geometry));

    public static bool TryRead(ReadOnlySpan<byte> message, PacketGeometry geometry, out ReplyPiece piece)
    {
        piece = default;
        var reader = new WireReader(message);
        var type = reader.Byte();
        var index = reader.UInt32();
        var count = reader.UInt32();
        var bytes = reader.Rest;
        var full = PieceBytes(geometry);
        if (reader.Failed
            || type != Type
            || index >= count
            || count > MaxCount(geometry)
            || (index + 1 == count ? bytes.IsEmpty || bytes.Length > full : bytes.Length != full))
        {
            return false;
        }

        piece = new() { Index = (int)index, Count = (int)count, Bytes = bytes };
        return true;
    }

    /// <summary>Writes it.</summary>
    /// <returns>Its length.</returns>
    public int Write(Span<byte> room)
    {
        var writer = new WireWriter(room);
        writer.Byte(Type);
        writer.UInt32((uint)Index);
        writer.UInt32((uint)Count);
        writer.Bytes(Bytes);
        return writer.Length;
    }
}
