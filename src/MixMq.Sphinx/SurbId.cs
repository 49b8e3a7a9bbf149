using System.Buffers.Binary;

namespace MixMq.Sphinx;

/// <summary>The 16 random bytes by which the maker of a SURB finds its state when the reply is back. Never shown, so its text is fixed.</summary>
public readonly record struct SurbId
{
    /// <summary>Length in bytes.</summary>
    public const int ByteLength = 16;

    private readonly UInt128 _value;

    private SurbId(UInt128 value) => _value = value;

    /// <summary>Takes 16 bytes.</summary>
    /// <param name="bytes">Exactly 16 bytes.</param>
    /// <returns>The id.</returns>
    /// <exception cref="ArgumentException">There aren't 16 bytes.</exception>
    public static SurbId FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteLength)
        {
            throw new ArgumentException($"There must be {ByteLength} bytes, not {bytes.Length}.", nameof(bytes));
        }

        return new SurbId(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Writes the 16 bytes.</summary>
    /// <param name="destination">At least 16 bytes.</param>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _value);

    /// <summary>A fixed text: an id ties a reply to its maker and has no business in a log.</summary>
    /// <returns>Always the same.</returns>
    public override string ToString() => nameof(SurbId);
}
