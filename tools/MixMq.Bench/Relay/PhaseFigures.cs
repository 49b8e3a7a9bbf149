using System.Text.Json.Nodes;

namespace MixMq.Bench.Relay;

/// <summary>What was measured in one phase.</summary>
/// <param name="PacketsPerSecond">Packets that arrived, in the steady part.</param>
/// <param name="CpuMicros">The float's processor time a packet, in the steady part.</param>
/// <param name="AllocatedBytes">Managed allocation of the float a packet.</param>
/// <param name="PausedMs">How long its collections stopped it in the steady part.</param>
/// <param name="Sent">Packets sent in the whole phase.</param>
/// <param name="Lost">Of them, those that didn't arrive.</param>
/// <param name="AddedMs">Sorted: time on the way beyond the delay asked for, in milliseconds, of the packets that were kept.</param>
/// <param name="DeriveLoaded">Microseconds of a libcrypto derive while the phase ran: what a processor does that shares its core or its clock with others.</param>
/// <param name="Strange">Packets that arrived and weren't what was sent, or came twice.</param>
internal sealed record PhaseFigures(
    double PacketsPerSecond, double CpuMicros, double AllocatedBytes, double PausedMs, long Sent, long Lost, double[] AddedMs, double DeriveLoaded, int Strange)
{
    public JsonObject ToJson(string load, double derive) => new()
    {
        ["load"] = load,
        ["packets_per_s"] = Math.Round(PacketsPerSecond),
        ["cpu_us"] = Math.Round(CpuMicros, 2),
        ["x25519_us"] = Math.Round(derive, 2),
        ["ratio"] = Math.Round(CpuMicros / derive, 3),
        ["x25519_us_loaded"] = Math.Round(DeriveLoaded, 2),
        ["ratio_loaded"] = Math.Round(CpuMicros / DeriveLoaded, 3),
        ["p50_ms"] = Added(0.5),
        ["p99_ms"] = Added(0.99),
        ["p999_ms"] = Added(0.999),
        ["max_ms"] = Added(1),
        ["allocated_bytes"] = Math.Round(AllocatedBytes, 1),
        ["gc_pause_ms"] = Math.Round(PausedMs, 2),
        ["sent"] = Sent,
        ["lost"] = Lost,
        ["strange"] = Strange,
    };

    public double? Added(double share) => AddedMs.Length == 0 ? null : Math.Round(Statistics.Percentile(AddedMs, share), 3);
}
