using MixMq.Overlay;

namespace MixMq.Transport.Scheduling;

/// <summary>The host as the scheduler sees it: the core's sink, and two things more. Called on the scheduler's thread only.</summary>
internal interface IOverlayShell : IOverlaySink
{
    /// <summary>Packets that are with the crypto workers or on their way back.</summary>
    int UnwrapsUnderWay { get; }

    /// <summary>A round is over: the core may be asked about its links.</summary>
    void EndOfRound(OverlayCore core);
}
