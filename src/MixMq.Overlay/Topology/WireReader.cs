using System.Buffers.Binary;

namespace MixMq.Overlay.Topology;

/// <summary>Reads little-endian fields from the front of a span; every read says whether the bytes were there.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public bool TryBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            bytes = default;
            return false;
        }

        bytes = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    public bool TryByte(out byte value)
    {
        var there = TryBytes(sizeof(byte), out var bytes);
        value = there ? bytes[0] : default;
        return there;
    }

    public bool TryUInt16(out ushort value)
    {
        var there = TryBytes(sizeof(ushort), out var bytes);
        value = there ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : default;
        return there;
    }

    public bool TryUInt32(out uint value)
    {
        var there = TryBytes(sizeof(uint), out var bytes);
        value = there ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : default;
        return there;
    }

    public bool TryUInt64(out ulong value)
    {
        var there = TryBytes(sizeof(ulong), out var bytes);
        value = there ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : default;
        return there;
    }
}
