using MixMq.Contracts.Control.V1;
using MixMq.Endpoint.Loops;

namespace MixMq.Node.Api;

/// <summary>Puts what loops say into the control protocol's message.</summary>
internal static class LoopStatusMessage
{
    internal static LoopStatus Of(int perMinute, LoopReport loops) => new()
    {
        PerMinute = (uint)perMinute,
        Forward = Of(loops.Forward),
        Surb = Of(loops.Surb),
        NotSent = (ulong)loops.NotSent,
        Judged = (uint)loops.Judged,
        JudgedLost = (uint)loops.JudgedLost,
        Warning = loops.IsLosing,
    };

    private static Contracts.Control.V1.LoopFigures Of(MixMq.Endpoint.Loops.LoopFigures figures) => new()
    {
        Sent = (ulong)figures.Sent,
        Returned = (ulong)figures.Returned,
        Lost = (ulong)figures.Lost,
        Late = (ulong)figures.Late,
        UnderWay = (uint)figures.UnderWay,
        Measured = (uint)figures.Measured,
        MeanMs = figures.MeanMs,
        MedianMs = figures.MedianMs,
        P99Ms = figures.Percentile99Ms,
        ExcessMs = figures.ExcessMs,
        Dropped = (ulong)figures.Dropped,
    };
}
