using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A timer of a fragment in flight, or (index −1) of a message all of whose fragments are acknowledged but which isn't settled.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FragmentTimer(OutboundMessage Message, int Generation, int Index, long SentMicros)
{
    public const int Stall = -1;

    /// <summary>Nothing has happened that makes the timer meaningless.</summary>
    public bool IsCurrent => Message.Generation == Generation
        && !Message.Settled
        && (Index == Stall
            ? Message.AllAcknowledged
            : Message[Index].InFlight && Message[Index].SentMicros == SentMicros);
}
