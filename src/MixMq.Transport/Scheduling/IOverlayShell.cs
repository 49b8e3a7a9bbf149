using MixMq.Overlay;

namespace MixMq.Transport.Scheduling;

/// <summary>The host as the scheduler sees it: the core's sink, and three things more. Called on the scheduler's thread only.</summary>
internal interface IOverlayShell : IOverlaySink
{
    /// <summary>Packets that were given to the crypto workers and haven't been given back to the core.</summary>
    int UnwrapsUnderWay { get; }

    /// <summary>So many of them have come back.</summary>
    void UnwrapsAnswered(int count);

    /// <summary>Peers were changed: links may go by other names.</summary>
    void PeersChanged();

    /// <summary>A round is over: the core may be asked about its links.</summary>
    void EndOfRound(OverlayCore core);
}
