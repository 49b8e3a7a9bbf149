using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MixMq.Overlay.Links;

/// <summary>
/// HELLO, 65 bytes (spec/04-links.md):
/// <code>
/// | offset | bytes | field                                                                                  |
/// | 0      | 1     | flags: 1 = the sender has the link up; others zero                                     |
/// | 1      | 8     | sequence, from 1                                                                       |
/// | 9      | 8     | sent: the sender's microseconds since its end was established, plus 1                  |
/// | 17     | 8     | echo: "sent" of the last HELLO that came from the receiver; 0 none                     |
/// | 25     | 4     | hold: microseconds from that HELLO's arrival to this one's sending; 2^32 − 1: or more  |
/// | 29     | 4     | epoch                                                                                  |
/// | 33     | 32    | digest of the topology database                                                        |
/// </code>
/// Times count from the establishment of the link, not from a boot: uptime is nobody's business.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct HelloMessage
{
    public const int DigestBytes = 32;
    public const int ByteLength = 33 + DigestBytes;
    private const byte UpFlag = 1;

    public bool Up { get; init; }

    public ulong Sequence { get; init; }

    public ulong Sent { get; init; }

    public ulong Echo { get; init; }

    public uint Hold { get; init; }

    public uint Epoch { get; init; }

    public ReadOnlySpan<byte> Digest { get; init; }

    public void Format(Span<byte> destination)
    {
        destination[0] = Up ? UpFlag : (byte)0;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[9..], Sent);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[17..], Echo);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[25..], Hold);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[29..], Epoch);
        Digest.CopyTo(destination.Slice(33, DigestBytes));
    }

    public static bool TryParse(ReadOnlySpan<byte> content, out HelloMessage hello)
    {
        hello = default;
        if (content.Length != ByteLength || content[0] > UpFlag)
        {
            return false;
        }

        hello = new HelloMessage
        {
            Up = content[0] == UpFlag,
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(content[1..]),
            Sent = BinaryPrimitives.ReadUInt64LittleEndian(content[9..]),
            Echo = BinaryPrimitives.ReadUInt64LittleEndian(content[17..]),
            Hold = BinaryPrimitives.ReadUInt32LittleEndian(content[25..]),
            Epoch = BinaryPrimitives.ReadUInt32LittleEndian(content[29..]),
            Digest = content.Slice(33, DigestBytes),
        };
        return true;
    }
}
