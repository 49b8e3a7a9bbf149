using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging;

/// <summary>
/// Places whose unsettled entries move up together, in their order. What is settled between them stays, and gaps between them stay behind: the entries come to stand together, right below
/// <see cref="TargetEnd"/>, and places that are left free below them are a gap (<see cref="Free"/>), for a place without a row or a gap is one whose row is lost. How many entries there are the store
/// knows, not the core. Their envelopes stay as they are and name the places that they had: each is put right and signed when it is loaded.
/// </summary>
/// <param name="First">The lowest place.</param>
/// <param name="End">The place above the last one.</param>
/// <param name="Target">No entry moves below it; above <paramref name="First"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MovedRange(ulong First, ulong End, ulong Target)
{
    /// <summary>The place above the last new one.</summary>
    public ulong TargetEnd => Target + (End - First);

    /// <summary>The new places that so many entries leave free, told as the gap that the move records is; null: none.</summary>
    public Gap? Free(Gap gap, ulong entries)
    {
        ArgumentNullException.ThrowIfNull(gap);
        return entries < End - First ? gap with { First = Target, Last = TargetEnd - entries - 1 } : null;
    }
}
