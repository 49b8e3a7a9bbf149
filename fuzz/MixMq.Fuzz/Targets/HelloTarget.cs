using System.Buffers.Binary;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Links;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// HELLOs in a row, with own ones and time between them. Steps: an even byte 2n lets n · 40 ms pass and sends an own HELLO when one is due; an odd
/// byte takes one HELLO of 73 bytes from the input, where with bit 1 sequence and time of sending go on from the last one, with bit 2 the echo is the own
/// last HELLO, as an honest peer would have it.
/// </summary>
internal sealed class HelloTarget : FuzzTarget
{
    private const int SequenceOffset = 1, SentOffset = 9, EchoOffset = 17;

    public override string Name => "hello";

    public override IReadOnlyList<string> Parsers => ["MixMq.Overlay.Links.HelloMessage::", "MixMq.Overlay.Links.HelloMonitor::"];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("one", [0, 1, .. Hello(1, 1, 0)]),
        ("answered", [10, 7, .. Hello(0, 0, 0), 12, 7, .. Hello(0, 0, 0), 14, 7, .. Hello(0, 0, 0, carries: 1), 60, 60]),
        ("goes-back", [2, 1, .. Hello(9, 9, 0), 1, .. Hello(8, 10, 0)]),
        ("echoes-what-was-not-sent", [0, 1, .. Hello(1, 1, ulong.MaxValue)]),
        ("falls-silent", [10, 7, .. Hello(0, 0, 0), 10, 7, .. Hello(0, 0, 0), 60, 60, 60, 60, 60]),
        ("unknown-flag", [0, 1, .. Hello(1, 1, 0, carries: 2)]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var time = new VirtualTime();
        var monitor = new HelloMonitor(time.Now.Micros);
        var random = new FewRandomBytes(5);
        Span<byte> own = stackalloc byte[HelloMessage.ByteLength];
        var digest = new byte[HelloMessage.DigestBytes];
        (ulong Sequence, ulong Sent, ulong OwnSent) last = default;
        var (taken, up) = (false, false);
        for (var steps = 0; steps < 64 && !choices.AtEnd; steps++)
        {
            var step = choices.Byte();
            if ((step & 1) == 0)
            {
                time.Advance(step * 20_000L);
                if (monitor.NextMicros <= time.Now.Micros)
                {
                    monitor.Send(time.Now.Micros, up ? 1 : null, 7, digest, random, own);
                    InvariantException.Require(HelloMessage.TryParse(own, out var sent), "An own HELLO is well formed.");
                    InvariantException.Require(sent.Sent > last.OwnSent, "Own HELLOs go forward.");
                    InvariantException.Require(monitor.NextMicros > time.Now.Micros, "The next HELLO is in the future.");
                    last.OwnSent = sent.Sent;
                }

                continue;
            }

            var content = choices.Take(HelloMessage.ByteLength).ToArray();
            MakeHonest(content, step, last);
            if (!HelloMessage.TryParse(content, out var hello))
            {
                return false;
            }

            var again = new byte[HelloMessage.ByteLength];
            hello.Format(again);
            InvariantException.Require(again.AsSpan().SequenceEqual(content), "A HELLO that is taken is canonical.");
            if (!monitor.TryReceive(hello, time.Now.Micros))
            {
                return false;
            }

            InvariantException.Require(hello.Sequence > last.Sequence && hello.Sent > last.Sent && hello.Echo <= last.OwnSent, "A peer's HELLOs go forward.");
            InvariantException.Require(monitor.IsUp || !up, "A link that is up falls silent, it doesn't become young again.");
            InvariantException.Require(monitor.RoundTripMicros is null or >= 0, "A round trip takes time.");
            InvariantException.Require(last.OwnSent > 0 || !monitor.IsUp, "A link isn't up before anything was sent.");
            (last.Sequence, last.Sent, up, taken) = (hello.Sequence, hello.Sent, monitor.IsUp, true);
        }

        return taken;
    }

    private static void MakeHonest(Span<byte> content, byte step, (ulong Sequence, ulong Sent, ulong OwnSent) last)
    {
        if (content.Length == HelloMessage.ByteLength && (step & 2) != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(content[SequenceOffset..], last.Sequence + 1);
            BinaryPrimitives.WriteUInt64LittleEndian(content[SentOffset..], last.Sent + 1);
        }

        if (content.Length == HelloMessage.ByteLength && (step & 4) != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(content[EchoOffset..], last.OwnSent);
        }
    }

    private static byte[] Hello(ulong sequence, ulong sent, ulong echo, byte carries = 0)
    {
        var content = new byte[HelloMessage.ByteLength];
        new HelloMessage { Sequence = sequence, Sent = sent, Echo = echo, Epoch = 7, Digest = new byte[HelloMessage.DigestBytes] }.Format(content);
        content[0] = carries;
        return content;
    }
}
