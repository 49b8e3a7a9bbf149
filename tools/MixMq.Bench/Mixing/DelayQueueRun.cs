using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using MixMq.Bench.Floats;
using MixMq.Bench.Processes;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Bench.Mixing;

/// <summary>
/// Packets held by a core in real time, as many as are asked for at once: filled, then kept full while they fall due one after another, each
/// packet released being put back with a new delay.
/// </summary>
internal sealed class DelayQueueRun : IDisposable
{
    /// <summary>Packets fall due over so long a time: a million in it is 50,000 a second.</summary>
    private const int SpreadMs = 20_000;

    private const double PromptMs = 5;

    private readonly List<PacketBuffer> _released = [];
    private readonly List<double> _lateMs = [];
    private readonly Random _random = new(1);
    private readonly PacketPool _pool;
    private readonly CorePair _pair;
    private readonly int _packets;
    private long _insertTicks;
    private long _inserted;

    private DelayQueueRun(int packets)
    {
        _packets = packets;
        _pool = new PacketPool(BenchNetwork.Parameters.CellBytes, packets + 1);
        _pair = new CorePair(BenchNetwork.Parameters, packets, Released);
    }

    public static JsonObject Measure(int packets, int seconds, Action<string> say)
    {
        using var run = new DelayQueueRun(packets);
        return run.Measure(seconds, say);
    }

    public void Dispose() => _pair.Dispose();

    private JsonObject Measure(int seconds, Action<string> say)
    {
        _pair.LinkUp();
        var derive = Derive.Micros();
        say($"putting {_packets} packets in");
        var before = ProcessFigures.ResidentMegabytes(Environment.ProcessId);
        var (firstMs, filling) = Fill();
        var resident = ProcessFigures.ResidentMegabytes(Environment.ProcessId);
        var held = _pair.Relay.Delayed(_pair.Now());
        var insert = PerPacket(_insertTicks, _inserted);
        say($"{held} held, {resident:F0} MB; the first falls due in {Math.Max(0, firstMs - filling):F0} ms");
        (_insertTicks, _inserted) = (0, 0);
        var paused = GC.GetTotalPauseDuration();
        var collections = GC.CollectionCount(0);
        var end = _pair.Now().Micros + ((long)Math.Max(0, firstMs - filling) * 1_000) + (seconds * Moment.MicrosPerSecond);
        var releaseTicks = Run(end);
        var late = _lateMs.Order().ToArray();
        derive = (derive + Derive.Micros()) / 2;
        var release = PerPacket(releaseTicks, late.Length);
        return new JsonObject
        {
            ["benchmark"] = "delay-queue",
            ["path"] = "core",
            ["batch"] = 1,
            ["packets"] = held,
            ["resident_mb"] = Math.Round(resident, 1),
            ["resident_mb_before"] = Math.Round(before, 1),
            ["released"] = late.Length,
            ["share_within_5_ms"] = Math.Round(late.Count(ms => ms <= PromptMs) / (double)Math.Max(1, late.Length), 6),
            ["late_p50_ms"] = Late(late, 0.5),
            ["late_p999_ms"] = Late(late, 0.999),
            ["late_max_ms"] = Late(late, 1),
            ["early"] = late.Count(ms => ms < 0),
            ["insert_us"] = Math.Round(insert, 3),
            ["insert_us_when_full"] = Math.Round(PerPacket(_insertTicks, _inserted), 3),
            ["release_us"] = Math.Round(release, 3),
            ["us"] = Math.Round(PerPacket(_insertTicks, _inserted) + release, 3),
            ["x25519_us"] = Math.Round(derive, 2),
            ["ratio"] = Math.Round((PerPacket(_insertTicks, _inserted) + release) / derive, 4),
            ["gc_pause_ms"] = Math.Round((GC.GetTotalPauseDuration() - paused).TotalMilliseconds, 2),
            ["gc_count"] = GC.CollectionCount(0) - collections,
            ["seconds"] = seconds,
        };
    }

    private static double PerPacket(long ticks, long packets) => packets == 0 ? 0 : ticks * 1e6 / Stopwatch.Frequency / packets;

    private static double? Late(double[] sorted, double share) => sorted.Length == 0 ? null : Math.Round(Statistics.Percentile(sorted, share), 3);

    /// <summary>
    /// Puts all in, none due before the last one is in: making the first hundredth of the buffers says how long all will take, four times as
    /// much with the queue's own work. The answer is when the first is due, in milliseconds from the start, and how long the filling took.
    /// </summary>
    private (double FirstMs, double TookMs) Fill()
    {
        var started = Stopwatch.GetTimestamp();
        var sample = Math.Max(1, _packets / 100);
        var buffers = new List<PacketBuffer>(sample);
        for (var i = 0; i < sample && _pool.TryRent(out var buffer); i++)
        {
            buffer.Cell.Fill(1);
            buffers.Add(buffer);
        }

        var firstMs = (Stopwatch.GetElapsedTime(started).TotalMilliseconds * 100 * 4) + (_packets / 500.0);
        foreach (var buffer in buffers)
            Insert(buffer, firstMs, started);
        for (var i = sample; i < _packets; i++)
        {
            if (!_pool.TryRent(out var buffer))
                throw new InvalidOperationException("The pool is smaller than what it was made for.");
            Insert(buffer, firstMs, started);
            if (i % 4_096 == 0)
                _pair.Pump();
        }

        return (firstMs, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private void Insert(PacketBuffer packet, double firstMs, long started)
    {
        var at = firstMs + (_random.NextDouble() * SpreadMs) - Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Insert(packet, (uint)Math.Max(1, at));
    }

    private void Insert(PacketBuffer packet, uint delayMs)
    {
        var now = _pair.Now();
        BinaryPrimitives.WriteInt64LittleEndian(packet.Packet, now.Micros + (delayMs * Moment.MicrosPerMilli));
        packet.TakenMicros = now.Micros;
        var started = Stopwatch.GetTimestamp();
        _pair.Relay.Unwrapped(packet, UnwrapResult.Relay(_pair.Neighbour, delayMs), now);
        _insertTicks += Stopwatch.GetTimestamp() - started;
        _inserted++;
    }

    /// <summary>Drives the core as a scheduler does, until a time. The answer is how long the calls took in which packets were released.</summary>
    private long Run(long endMicros)
    {
        long ticks = 0;
        while (_pair.Now() is var now && now.Micros < endMicros)
        {
            if (_pair.Relay.NextDeadline <= now.Micros)
            {
                var started = Stopwatch.GetTimestamp();
                _pair.Relay.Advance(now);
                if (_released.Count > 0)
                    ticks += Stopwatch.GetTimestamp() - started;
            }

            _pair.Pump();
            foreach (var packet in _released)
                Insert(packet, (uint)_random.Next(SpreadMs / 2, SpreadMs * 3 / 2));
            _released.Clear();
            var rest = _pair.Relay.NextDeadline - _pair.Now().Micros;
            if (rest > 0)
                Nap.Micros((uint)Math.Min(rest, 1_000));
        }

        return ticks;
    }

    private void Released(PacketBuffer packet)
    {
        _lateMs.Add((_pair.Now().Micros - BinaryPrimitives.ReadInt64LittleEndian(packet.Packet)) / 1_000.0);
        _released.Add(packet);
    }
}
