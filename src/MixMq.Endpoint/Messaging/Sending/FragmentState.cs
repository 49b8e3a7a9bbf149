using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>What the sender knows of one fragment.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct FragmentState
{
    /// <summary>When it was sent last, microseconds.</summary>
    public long SentMicros;

    /// <summary>How often it was sent.</summary>
    public int Attempts;

    /// <summary>A timer runs for it.</summary>
    public bool InFlight;

    /// <summary>The recipient has stored it.</summary>
    public bool Acknowledged;
}
