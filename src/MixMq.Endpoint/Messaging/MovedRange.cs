using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging;

/// <summary>
/// Places whose unsettled entries move up together, each by the same number of places. Their envelopes stay as they are and name the places that they had: each is put right and signed when it is
/// loaded.
/// </summary>
/// <param name="First">The lowest place.</param>
/// <param name="End">The place above the last one.</param>
/// <param name="Target">Where the lowest one moves to; above it.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MovedRange(ulong First, ulong End, ulong Target)
{
    /// <summary>The place above the last new one.</summary>
    public ulong TargetEnd => Target + (End - First);
}
