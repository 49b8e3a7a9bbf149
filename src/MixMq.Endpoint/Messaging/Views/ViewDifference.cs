using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>What a comparison found about one origin.</summary>
/// <param name="Kind">Which difference.</param>
/// <param name="TheirSequence">The correspondent's record; 0: it has none.</param>
/// <param name="OwnSequence">This node's record; 0: it has none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ViewDifference(ViewDifferenceKind Kind, ulong TheirSequence, ulong OwnSequence)
{
    /// <summary>
    /// Whether a difference of the round before is still there now. Gossip on its way explains one round, not two: what the correspondent had then,
    /// this node must have by now, or newer.
    /// </summary>
    public static bool Persists(in ViewDifference before, in ViewDifference now) => before.Kind switch
    {
        ViewDifferenceKind.Missing or ViewDifferenceKind.Older =>
            now.Kind is ViewDifferenceKind.Missing or ViewDifferenceKind.Older && now.OwnSequence < before.TheirSequence,
        ViewDifferenceKind.OnlyHere => now.Kind == ViewDifferenceKind.OnlyHere,
        ViewDifferenceKind.Contradictory => now.Kind == ViewDifferenceKind.Contradictory && now.OwnSequence == before.OwnSequence,
        _ => false,
    };
}
