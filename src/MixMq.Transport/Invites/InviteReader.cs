using System.Buffers.Binary;
using System.Text;

namespace MixMq.Transport.Invites;

/// <summary>Reads the fields of an invite in their order. What isn't there reads as empty or 0, and is noted: so a format is read in one go and judged at its end.</summary>
internal ref struct InviteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>A field was not there, or not as it should be.</summary>
    public bool Failed { get; private set; }

    /// <summary>Bytes that weren't read.</summary>
    public readonly int Left => _rest.Length;

    public byte Byte() => Take(sizeof(byte)) is [var value] ? value : (byte)0;

    public ushort UInt16() => Take(sizeof(ushort)) is { Length: sizeof(ushort) } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    public ulong UInt64() => Take(sizeof(ulong)) is { Length: sizeof(ulong) } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    /// <summary>So many bytes; empty when there are fewer, and then nothing more is read.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || count > _rest.Length)
        {
            Failed = true;
            return [];
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>Text of so many bytes.</summary>
    public string Text(int count, Encoding strict)
    {
        try
        {
            return strict.GetString(Take(count));
        }
        catch (DecoderFallbackException)
        {
            Failed = true;
            return "";
        }
    }
}
