using System.Buffers.Binary;
using System.Net;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>Reads what capture.py writes: pcap with nanoseconds, of bare IPv4 packets.</summary>
internal static class PcapFile
{
    private const int FileHeaderBytes = 24;
    private const int PacketHeaderBytes = 16;
    private const uint Nanoseconds = 0xA1B23C4D;

    public static IEnumerable<CapturedPacket> Read(string file)
    {
        using var stream = new BufferedStream(File.OpenRead(file), 1 << 20);
        var header = new byte[FileHeaderBytes];
        stream.ReadExactly(header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Nanoseconds)
            throw new InvalidDataException($"{file} is no capture.");
        while (stream.ReadAtLeast(header.AsSpan(0, PacketHeaderBytes), PacketHeaderBytes, throwOnEndOfStream: false) == PacketHeaderBytes)
        {
            var time = (BinaryPrimitives.ReadUInt32LittleEndian(header) * 1_000_000_000L) + BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4));
            var packet = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8))];
            stream.ReadExactly(packet);
            yield return Parse(time, packet);
        }
    }

    private static CapturedPacket Parse(long time, byte[] packet)
    {
        // The kernel gives what it has checked: lengths are right. Padding of a short frame may follow.
        var start = (packet[0] & 0x0F) * 4;
        var end = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2)) is var total and > 0 ? total : packet.Length;
        var source = new IPAddress(packet.AsSpan(12, 4));
        var target = new IPAddress(packet.AsSpan(16, 4));
        if (packet[9] != CapturedPacket.Tcp)
            return new CapturedPacket(time, new IPEndPoint(source, 0), new IPEndPoint(target, 0), packet[9], TcpFlags.None, 0, default);
        var segment = packet.AsSpan(start);
        var content = start + ((segment[12] >> 4) * 4);
        return new CapturedPacket(
            time,
            new IPEndPoint(source, BinaryPrimitives.ReadUInt16BigEndian(segment)),
            new IPEndPoint(target, BinaryPrimitives.ReadUInt16BigEndian(segment[2..])),
            CapturedPacket.Tcp,
            (TcpFlags)segment[13] & (TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Ack),
            BinaryPrimitives.ReadUInt32BigEndian(segment[4..]),
            packet.AsMemory(content, end - content));
    }
}
