using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace MixMq.Fuzz.Probes;

/// <summary>
/// Where woven code counts. Each edge that the weaver found has a byte of its own, so no two edges share a counter, and the counters tell exactly
/// which branches an input took.
/// </summary>
public static unsafe class Probe
{
    /// <summary>More edges than this are not woven: a fuzzer's map of 64 KiB is what stays in the processor's cache.</summary>
    public const int MostEdges = 1 << 16;

    /// <summary>One counter an edge. Until a fuzzer's shared memory is put here, a scratch area that nobody reads.</summary>
    [SuppressMessage("Usage", "CA2211:Non-constant fields should not be visible", Justification = "Woven code loads it with one instruction.")]
    [SuppressMessage("Design", "MA0069:Non-constant static fields should not be visible", Justification = "Woven code loads it with one instruction.")]
    public static byte* Counters = (byte*)NativeMemory.AllocZeroed(MostEdges);
}
