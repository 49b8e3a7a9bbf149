using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Paths;

/// <summary>What enumeration says of all paths of a length between two nodes.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Total">The sum of their weights.</param>
/// <param name="WeighedLogs">The sum of weight · log2(weight).</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathWeights(long Count, double Total, double WeighedLogs)
{
    /// <summary>The entropy in bits of a path drawn with odds proportional to weight.</summary>
    public double EntropyBits => Count == 0 ? 0 : Math.Max(0, Math.Log2(Total) - (WeighedLogs / Total));
}
