using System.Buffers.Binary;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Simulation.Cryptography;

/// <summary>
/// Lane B of a reply of the ideal cryptography, under keys that come from the SURB's secret. As in a real one nothing on the way sees that it was changed, and its maker does:
/// <code>nonce | text: length, message, zeros | tag over nonce and text</code>
/// </summary>
internal sealed class IdealReply(ulong key0, ulong key1)
{
    public void Seal(ReadOnlySpan<byte> message, IRandomSource random, Span<byte> laneB)
    {
        random.Fill(laneB[..PacketFormat.ReplyNonceBytes]);
        var text = Text(laneB);
        BinaryPrimitives.WriteUInt32LittleEndian(text, (uint)message.Length);
        message.CopyTo(text[PacketFormat.LengthBytes..]);
        text[(PacketFormat.LengthBytes + message.Length)..].Clear();
        QuickStream.Xor(text, StreamKey(laneB));
        BinaryPrimitives.WriteUInt128LittleEndian(laneB[^PacketFormat.GammaBytes..], Tag(laneB));
    }

    public bool TryOpen(Span<byte> laneB, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (Tag(laneB) != BinaryPrimitives.ReadUInt128LittleEndian(laneB[^PacketFormat.GammaBytes..]))
        {
            return false;
        }

        var text = Text(laneB);
        QuickStream.Xor(text, StreamKey(laneB));
        message = text.Slice(PacketFormat.LengthBytes, (int)BinaryPrimitives.ReadUInt32LittleEndian(text));
        return true;
    }

    private static Span<byte> Text(Span<byte> laneB) => laneB[PacketFormat.ReplyNonceBytes..^PacketFormat.GammaBytes];

    private ulong StreamKey(ReadOnlySpan<byte> laneB) => (ulong)QuickHash.Hash(laneB[..PacketFormat.ReplyNonceBytes], key0, key1);

    private UInt128 Tag(ReadOnlySpan<byte> laneB) => QuickHash.Hash(laneB[..^PacketFormat.GammaBytes], key1, key0);
}
