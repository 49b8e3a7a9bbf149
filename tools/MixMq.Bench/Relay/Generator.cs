using System.Diagnostics;
using System.Text.Json.Nodes;
using MixMq.Bench.Floats;
using MixMq.Bench.Links;
using MixMq.Bench.Processes;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Bench.Relay;

/// <summary>Wraps packets ahead of time, then writes each of them once: as fast as a window allows, or at the times of a Poisson process.</summary>
internal sealed class Generator(LinkEnd end, Exchange exchange)
{
    /// <summary>Cells that go into one TLS record.</summary>
    private const int RecordCells = 5;

    private const int ChunkCells = 100 * RecordCells;
    private const double LongestWaitSeconds = 1;
    private static readonly int CellBytes = BenchNetwork.Parameters.CellBytes;

    private byte[][] _chunks = [];
    private int _count;

    public JsonObject Answer(string what, JsonObject command) => what switch
    {
        "wrap" => Wrap(command),
        "saturate" => Saturate((int)command["window"]!),
        "pace" => Pace((double)command["rate"]!),
        _ => throw new InvalidOperationException($"A generator doesn't know what '{what}' is."),
    };

    private JsonObject Wrap(JsonObject command)
    {
        var (count, phase, mean) = ((int)command["count"]!, (int)command["phase"]!, (double)command["mean_delay_ms"]!);
        var (relay, sink) = (LinkEnd.Parse((string)command["float"]!), LinkEnd.Parse((string)command["sink"]!));
        MixPublicKey relayKey = default, sinkKey = default;
        var patience = Stopwatch.GetTimestamp();
        while (!end.TryFindMixKey(relay, out relayKey) || !end.TryFindMixKey(sink, out sinkKey))
        {
            if (Stopwatch.GetElapsedTime(patience).TotalSeconds > 20)
                throw new BenchException("The records of float and sink didn't come to the generator.");
            Thread.Sleep(5);
        }

        _count = count;
        _chunks = new byte[(count + ChunkCells - 1) / ChunkCells][];
        var started = Stopwatch.GetTimestamp();
        Crew.Work(_chunks.Length, () => new PacketWriter(), (chunk, writer) =>
        {
            var cells = new byte[ChunkCells * CellBytes];
            var results = new WrapResult[PacketWriter.MaxBatch];
            var first = chunk * ChunkCells;
            for (var done = 0; done < Math.Min(ChunkCells, count - first);)
            {
                var batch = new LoadBatch(cells, done, Math.Min(PacketWriter.MaxBatch, Math.Min(ChunkCells, count - first) - done));
                for (var i = 0; i < batch.Count; i++)
                {
                    var index = first + done + i;
                    var delay = (uint)Math.Min(BenchNetwork.MaxDelayMs, Math.Round(-Math.Log(1 - Random.Shared.NextDouble()) * mean));
                    exchange.DelayMs[index] = delay;
                    batch.Set(i, new PathHop(relay, relayKey, delay), new PathHop(sink, sinkKey, 0), phase, index);
                }

                writer.WrapBatch(ref batch, BenchNetwork.Parameters.Definition, SystemRandomSource.Instance, results);
                if (results.AsSpan(0, batch.Count).IndexOfAnyExcept(WrapResult.Wrapped) is var wrong and >= 0)
                    throw new InvalidOperationException($"A packet could not be wrapped: {results[wrong]}.");
                done += batch.Count;
            }

            _chunks[chunk] = cells;
        });
        return new JsonObject { ["wrapped"] = count, ["seconds"] = Stopwatch.GetElapsedTime(started).TotalSeconds };
    }

    /// <summary>Closed loop: never more than a window on the way. What stays away for a second is given up, so that a loss doesn't stop the run.</summary>
    private JsonObject Saturate(int window)
    {
        long givenUp = 0, lastArrived = -1;
        var progress = Stopwatch.GetTimestamp();
        for (var next = 0; next < _count;)
        {
            var arrived = exchange.Arrived;
            var room = window - (next - arrived - givenUp);
            if (room < Math.Min(RecordCells, _count - next))
            {
                if (arrived != lastArrived)
                    (lastArrived, progress) = (arrived, Stopwatch.GetTimestamp());
                else if (Stopwatch.GetElapsedTime(progress).TotalSeconds > LongestWaitSeconds)
                    givenUp = next - arrived;
                Nap.Micros(50);
                continue;
            }

            next = Write(next, (int)Math.Min(room, RecordCells));
        }

        return new JsonObject { ["sent"] = _count };
    }

    /// <summary>Open loop: exponential times between packets. Those that are due at the same look are written together.</summary>
    private JsonObject Pace(double packetsPerSecond)
    {
        var ticks = Stopwatch.Frequency / packetsPerSecond;
        var due = (double)Stopwatch.GetTimestamp();
        var latest = 0.0;
        for (var next = 0; next < _count;)
        {
            var now = Stopwatch.GetTimestamp();
            var early = (due - now) * 1e6 / Stopwatch.Frequency;
            if (early > 5)
            {
                Nap.Micros((uint)Math.Min(early, 10_000));
                continue;
            }

            latest = Math.Max(latest, -early);
            var some = 0;
            while (some < RecordCells && next + some < _count && due <= now + (5e-6 * Stopwatch.Frequency))
            {
                some++;
                due += -Math.Log(1 - Random.Shared.NextDouble()) * ticks;
            }

            next = Write(next, some);
        }

        return new JsonObject { ["sent"] = _count, ["latest_ms"] = latest / 1000 };
    }

    private int Write(int next, int some)
    {
        var at = next % ChunkCells;
        some = Math.Min(Math.Min(some, _count - next), ChunkCells - at);
        var now = Stopwatch.GetTimestamp();
        for (var i = 0; i < some; i++)
            exchange.SentAt[next + i] = now;
        end.WritePackets(_chunks[next / ChunkCells].AsSpan(at * CellBytes, some * CellBytes));
        exchange.Sent = next + some;
        return next + some;
    }
}
