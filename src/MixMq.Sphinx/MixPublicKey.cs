using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>A published mix key: an X25519 u coordinate, 32 bytes. It belongs to one node and one epoch.</summary>
public readonly record struct MixPublicKey
{
    /// <summary>Length in bytes.</summary>
    public const int ByteLength = 32;

    private readonly Bytes32 _bytes;

    private MixPublicKey(ReadOnlySpan<byte> bytes) => _bytes = new Bytes32(bytes);

    /// <summary>
    /// Whether this may be used: canonical, on Curve25519 and not on its twist, not of small order. Ask once, when a record arrives; whoever
    /// publishes another key is refused with the record, because senders multiply scalars modulo the curve's order. About 0.2 ms.
    /// </summary>
    public bool IsOnCurve
    {
        get
        {
            Span<byte> bytes = stackalloc byte[ByteLength];
            CopyTo(bytes);
            return PublicPoint.IsMontgomeryPoint(bytes);
        }
    }

    /// <summary>Takes 32 bytes as they are.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">There aren't 32 bytes.</exception>
    public static MixPublicKey FromBytes(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>Writes the 32 bytes.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>The bytes in hexadecimal.</summary>
    /// <returns>64 characters.</returns>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
