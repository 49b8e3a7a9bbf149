using System.Buffers.Binary;

namespace MixMq.Fuzz;

/// <summary>Reads choices off the front of an input. Where it is at its end, everything is zero or empty: a shorter input is a simpler one.</summary>
internal ref struct FuzzInput(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte()
    {
        if (_rest.IsEmpty)
        {
            return 0;
        }

        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public ushort UInt16() => (ushort)(Byte() | (Byte() << 8));

    /// <summary>Up to so many bytes: what is there.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..Math.Min(count, _rest.Length)];
        _rest = _rest[taken.Length..];
        return taken;
    }

    /// <summary>A length of two bytes, then so many bytes.</summary>
    public ReadOnlySpan<byte> Chunk() => Take(UInt16());

    /// <summary>What <see cref="Chunk"/> reads.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> bytes)
    {
        var chunk = new byte[2 + bytes.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(chunk, checked((ushort)bytes.Length));
        bytes.CopyTo(chunk.AsSpan(2));
        return chunk;
    }
}
