using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MixMq.Sphinx;

/// <summary>32 bytes held inline, compared as unsigned bytes from the first to the last: what addresses and public keys are made of.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Bytes32
{
    internal const int Length = 32;

    // Big-endian words compare in the order of the bytes.
    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    internal Bytes32(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"There must be {Length} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    internal void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _first);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _fourth);
    }

    internal int CompareTo(Bytes32 other)
    {
        if (_first != other._first)
        {
            return _first.CompareTo(other._first);
        }

        if (_second != other._second)
        {
            return _second.CompareTo(other._second);
        }

        return _third != other._third ? _third.CompareTo(other._third) : _fourth.CompareTo(other._fourth);
    }
}
