using System.Globalization;
using System.Numerics;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Time;

namespace MixMq.Simulation.Observation;

/// <summary>
/// A hash over everything that happens, in order: time, node, kind, and the bytes where there are some. Two runs of one seed are the same run
/// exactly where their traces have the same hash.
/// </summary>
public sealed class Trace
{
    private readonly SimClock _clock;
    private ulong _first = 0x243F6A8885A308D3;
    private ulong _second = 0x13198A2E03707344;

    internal Trace(SimClock clock) => _clock = clock;

    /// <summary>How many things were noted.</summary>
    public long Count { get; private set; }

    /// <summary>If set, every entry is written here, one a line: for finding out where two runs part.</summary>
    public TextWriter? Log { get; set; }

    /// <summary>The hash so far.</summary>
    public UInt128 Hash => new(QuickHash.Fold(_first ^ (ulong)Count, _second), QuickHash.Fold(_second + (ulong)Count, BitOperations.RotateLeft(_first, 29)));

    /// <summary>The hash as 32 hexadecimal digits.</summary>
    public string Text => Hash.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Something of the scenario's own, so that it counts as part of the run.</summary>
    public void Note(string what) => Add(TraceKind.Scenario, null, 0, System.Text.Encoding.UTF8.GetBytes(what));

    internal void Add(TraceKind kind, SimNode? node, long number = 0, ReadOnlySpan<byte> bytes = default)
    {
        var index = node?.Index ?? -1;
        Absorb((ulong)_clock.Micros, ((ulong)kind << 32) | (uint)index);
        var hash = bytes.IsEmpty ? UInt128.Zero : QuickHash.Hash(bytes, 5, 7);
        Absorb((ulong)number, (ulong)bytes.Length);
        Absorb((ulong)hash, (ulong)(hash >> 64));
        Count++;
        Log?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{_clock.Micros,12} {node?.Name ?? "-",-12} {kind,-16} {number} {bytes.Length} {hash:x32}"));
    }

    private void Absorb(ulong x, ulong y)
    {
        _first = QuickHash.Fold(_first ^ x ^ 0xA4093822299F31D0, y ^ 0x082EFA98EC4E6C89) + BitOperations.RotateLeft(_second, 23);
        _second = (BitOperations.RotateLeft(_second, 41) ^ y) * 0x9E3779B97F4A7C15 ^ _first ^ x;
    }
}
