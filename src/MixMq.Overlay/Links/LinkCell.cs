using System.Buffers.Binary;

namespace MixMq.Overlay.Links;

/// <summary>
/// The frame of every cell that isn't a packet (spec/04-links.md):
/// <code>
/// | offset | bytes | field                                   |
/// | 0      | 1     | type                                    |
/// | 1      | 2     | length n of the content, little-endian  |
/// | 3      | n     | content                                 |
/// | 3 + n  | rest  | zeros                                   |
/// </code>
/// </summary>
public static class LinkCell
{
    /// <summary>Bytes before the content: type and length.</summary>
    public const int HeaderBytes = 3;

    /// <summary>The room for content in a cell.</summary>
    /// <param name="cellBytes">Size of a cell of the network.</param>
    /// <returns>Bytes.</returns>
    public static int ContentRoom(int cellBytes) => Math.Min(cellBytes - HeaderBytes, ushort.MaxValue);

    /// <summary>Writes a whole cell.</summary>
    /// <param name="type">Any type but <see cref="CellType.Packet"/>.</param>
    /// <param name="content">At most <see cref="ContentRoom"/> bytes.</param>
    /// <param name="cell">Overwritten completely.</param>
    /// <exception cref="ArgumentException">The content is too long for the cell, or the type has no frame.</exception>
    public static void Write(CellType type, ReadOnlySpan<byte> content, Span<byte> cell)
    {
        if (type is CellType.Packet)
        {
            throw new ArgumentException("A packet cell has no frame.", nameof(type));
        }

        if (cell.Length < HeaderBytes || content.Length > ContentRoom(cell.Length))
        {
            throw new ArgumentException("The content doesn't fit in the cell.", nameof(content));
        }

        cell[0] = (byte)type;
        BinaryPrimitives.WriteUInt16LittleEndian(cell[1..], (ushort)content.Length);
        content.CopyTo(cell[HeaderBytes..]);
        cell[(HeaderBytes + content.Length)..].Clear();
    }

    /// <summary>Takes the content out of a cell that isn't a packet.</summary>
    /// <param name="cell">The whole cell, from a peer.</param>
    /// <param name="content">A slice of the cell; empty where it is malformed.</param>
    /// <returns>False where the length is beyond the cell or a byte after the content isn't zero.</returns>
    public static bool TryRead(ReadOnlySpan<byte> cell, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (cell.Length < HeaderBytes)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(cell[1..]);
        if (length > cell.Length - HeaderBytes || cell[(HeaderBytes + length)..].ContainsAnyExcept((byte)0))
        {
            return false;
        }

        content = cell.Slice(HeaderBytes, length);
        return true;
    }
}
