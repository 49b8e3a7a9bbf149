using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>Writes the body of a statement in its canonical form.</summary>
internal sealed class StatementWriter
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    public StatementWriter(StatementKind kind)
    {
        Number(AuthorityStatement.Version, sizeof(byte));
        Number((ulong)kind, sizeof(byte));
    }

    public void Number(ulong value, int width)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.Write(bytes[..width]);
    }

    public void Address(NodeAddress address)
    {
        address.CopyTo(_bytes.GetSpan(NodeAddress.ByteLength));
        _bytes.Advance(NodeAddress.ByteLength);
    }

    /// <summary>Length and UTF-8. False: it isn't text, or too long.</summary>
    public bool TryText(string text)
    {
        try
        {
            var bytes = Strict.GetBytes(text);
            if (bytes.Length > byte.MaxValue)
            {
                return false;
            }

            Number((ulong)bytes.Length, sizeof(byte));
            _bytes.Write(bytes);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>The statement with no signature.</summary>
    public byte[] Unsigned() => [.. _bytes.WrittenSpan, 0];
}
