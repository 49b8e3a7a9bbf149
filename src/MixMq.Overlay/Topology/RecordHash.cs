using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MixMq.Crypto;

namespace MixMq.Overlay.Topology;

/// <summary>SHA-256 that names a record: over everything that its signature covers, so two signatures of one body have one hash.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct RecordHash
{
    /// <summary>Length on the wire.</summary>
    public const int Bytes = 32;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private RecordHash(UInt128 high, UInt128 low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>The hash of some bytes.</summary>
    /// <param name="content">Any length.</param>
    /// <returns>Its SHA-256.</returns>
    public static RecordHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        Sha256.Hash(content, hash);
        return FromBytes(hash);
    }

    /// <summary>A hash as it stands on the wire.</summary>
    /// <param name="bytes">At least 32 bytes; the first 32 are taken.</param>
    /// <returns>The hash.</returns>
    public static RecordHash FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    /// <summary>Writes the hash.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], _low);
    }

    /// <summary>Where it stands among others, ordered by their bytes; as comparers have it.</summary>
    internal int Compare(RecordHash other) => _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    /// <summary>The hash in hexadecimal.</summary>
    /// <returns>64 characters.</returns>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Seeded in each process: hashes are announced by peers, who must not be able to choose ones that collide here.</summary>
    /// <returns>A hash code that holds in this process only.</returns>
    public override int GetHashCode() => TableCode.Of(this);
}
