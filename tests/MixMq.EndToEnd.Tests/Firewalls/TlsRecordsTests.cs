using System.Net;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>Records are found again whatever became of the segments.</summary>
public sealed class TlsRecordsTests
{
    private const uint First = uint.MaxValue - 20;
    private static readonly IPEndPoint Nobody = new(IPAddress.Loopback, 1);

    [Fact]
    public void Records_are_put_together_from_segments_cut_anywhere_out_of_order_repeated_and_overlapping()
    {
        int[] lengths = [1, 300, 0, 17, 5000, 2];
        byte[] stream = [.. lengths.SelectMany(length => (byte[])[TlsRecord.Encrypted, 3, 3, (byte)(length >> 8), (byte)length, .. new byte[length]])];
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var segments = new List<(int At, int Length)>();
            for (var at = 0; at < stream.Length;)
            {
                var length = Math.Min(random.Next(1, 400), stream.Length - at);
                segments.Add((at, Math.Min(length + random.Next(0, 30), stream.Length - at)));
                if (random.Next(3) == 0)
                    segments.Add((at, length));
                at += length;
            }

            var records = new TlsRecords();
            records.Add(Segment(TcpFlags.Syn, First, default));
            foreach (var (at, length) in segments.OrderBy(segment => segment.At + random.Next(0, 1000)))
                records.Add(Segment(TcpFlags.Ack, unchecked(First + 1 + (uint)at), stream.AsMemory(at, length)));
            Assert.Equal(lengths, records.Whole.Select(record => record.Length));
        }
    }

    [Fact]
    public void A_record_that_has_not_come_whole_is_left_out()
    {
        var records = new TlsRecords();
        records.Add(Segment(TcpFlags.Syn, First, default));
        records.Add(Segment(TcpFlags.Ack, First + 1, new byte[] { TlsRecord.Encrypted, 3, 3, 0, 3, 1, 2 }));
        Assert.Empty(records.Whole);
    }

    private static CapturedPacket Segment(TcpFlags flags, uint sequence, ReadOnlyMemory<byte> content) => new(0, Nobody, Nobody, CapturedPacket.Tcp, flags, sequence, content);
}
