using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MixMq.Overlay.Links;

/// <summary>
/// HELLO, 73 bytes (spec/04-links.md):
/// <code>
/// | offset | bytes | field                                                                                  |
/// | 0      | 1     | flags: 1 = this connection carries the link, says the sender; others zero              |
/// | 1      | 8     | sequence, from 1                                                                       |
/// | 9      | 8     | sent: the sender's microseconds since its end was established, plus 1                  |
/// | 17     | 8     | echo: "sent" of the last HELLO that came from the receiver; 0 none                     |
/// | 25     | 4     | hold: microseconds from that HELLO's arrival to this one's sending; 2^32 − 1: or more  |
/// | 29     | 4     | epoch                                                                                  |
/// | 33     | 8     | choice: from the end that leads, on the connection that carries the link, rises by each change; else 0 |
/// | 41     | 32    | digest of the topology database                                                        |
/// </code>
/// Times count from the establishment of the link, not from a boot: uptime is nobody's business.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct HelloMessage
{
    public const int DigestBytes = 32;
    public const int ByteLength = DigestOffset + DigestBytes;
    private const int DigestOffset = 41;
    private const byte CarriesFlag = 1;

    public bool Carries { get; init; }

    public ulong Sequence { get; init; }

    public ulong Sent { get; init; }

    public ulong Echo { get; init; }

    public uint Hold { get; init; }

    public uint Epoch { get; init; }

    public ulong Choice { get; init; }

    public ReadOnlySpan<byte> Digest { get; init; }

    public void Format(Span<byte> destination)
    {
        destination[0] = Carries ? CarriesFlag : (byte)0;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[9..], Sent);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[17..], Echo);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[25..], Hold);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[29..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[33..], Choice);
        Digest.CopyTo(destination.Slice(DigestOffset, DigestBytes));
    }

    public static bool TryParse(ReadOnlySpan<byte> content, out HelloMessage hello)
    {
        hello = default;
        if (content.Length != ByteLength || content[0] > CarriesFlag)
        {
            return false;
        }

        hello = new HelloMessage
        {
            Carries = content[0] == CarriesFlag,
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(content[1..]),
            Sent = BinaryPrimitives.ReadUInt64LittleEndian(content[9..]),
            Echo = BinaryPrimitives.ReadUInt64LittleEndian(content[17..]),
            Hold = BinaryPrimitives.ReadUInt32LittleEndian(content[25..]),
            Epoch = BinaryPrimitives.ReadUInt32LittleEndian(content[29..]),
            Choice = BinaryPrimitives.ReadUInt64LittleEndian(content[33..]),
            Digest = content.Slice(DigestOffset, DigestBytes),
        };
        return true;
    }
}
