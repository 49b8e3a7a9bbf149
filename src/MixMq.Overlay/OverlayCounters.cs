using System.Collections.Immutable;
using MixMq.Overlay.Links;

namespace MixMq.Overlay;

/// <summary>The counters by closed cause. Drops may be counted on any thread.</summary>
internal sealed class OverlayCounters
{
    private readonly long[] _drops = new long[Enum.GetValues<DropCause>().Length];
    private readonly long[] _refusals = new long[Enum.GetValues<LinkRefusalReason>().Length];

    public void Drop(DropCause cause, long count = 1) => Interlocked.Add(ref _drops[(int)cause], count);

    public void Refuse(LinkRefusalReason reason) => Interlocked.Increment(ref _refusals[(int)reason]);

    public ImmutableArray<DropCount> Drops() =>
        [.. _drops.Select((_, i) => new DropCount((DropCause)i, Interlocked.Read(ref _drops[i]))).Where(drop => drop.Count > 0)];

    public ImmutableArray<LinkRefusalCount> Refusals() =>
        [.. _refusals.Select((_, i) => new LinkRefusalCount((LinkRefusalReason)i, Interlocked.Read(ref _refusals[i]))).Where(r => r.Count > 0)];
}
