using System.Buffers;
using System.Text;

namespace MixMq.Contracts.Wire;

/// <summary>
/// The trailer <c>grpc-message</c>: UTF-8, with every byte outside printable ASCII, and the percent sign, as <c>%XX</c>.
/// </summary>
internal static class StatusMessage
{
    private const string Hex = "0123456789ABCDEF";

    /// <summary>Encodes a message, cut at a character's end within <see cref="GrpcLimits.MaxStatusMessageBytes"/>.</summary>
    public static string Encode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        Span<byte> utf8 = stackalloc byte[4];
        var taken = 0;
        foreach (var rune in message.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(utf8);
            taken += length;
            if (taken > GrpcLimits.MaxStatusMessageBytes)
                break;
            foreach (var value in utf8[..length])
            {
                if (value is >= 0x20 and <= 0x7E and not (byte)'%')
                    encoded.Append((char)value);
                else
                    encoded.Append('%').Append(Hex[value >> 4]).Append(Hex[value & 15]);
            }
        }

        return encoded.ToString();
    }

    /// <summary>Decodes a message. What isn't valid is kept or replaced, never an error: a bad message must not hide the status.</summary>
    public static string Decode(string encoded)
    {
        if (!encoded.Contains('%'))
            return encoded;
        var utf8 = new ArrayBufferWriter<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length && char.IsAsciiHexDigit(encoded[i + 1]) && char.IsAsciiHexDigit(encoded[i + 2]))
            {
                utf8.Write([Convert.FromHexString(encoded.AsSpan(i + 1, 2))[0]]);
                i += 2;
            }
            else
            {
                utf8.Write([encoded[i] <= 0x7F ? (byte)encoded[i] : (byte)'?']);
            }
        }

        return Encoding.UTF8.GetString(utf8.WrittenSpan);
    }
}
