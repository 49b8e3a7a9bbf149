namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>The recipient refuses a conversation's messages for now: one of them asks again from time to time, the others wait for its answer.</summary>
internal sealed class HoldBack
{
    /// <summary>Refusals in a row, each of a message sent after the one before.</summary>
    public int Times { get; set; } = 1;

    /// <summary>When the next message may ask, microseconds.</summary>
    public long NextProbe { get; set; }

    /// <summary>Tombstones below this place have been passed on: they don't wait with the others.</summary>
    public ulong PassedTo { get; set; }

    /// <summary>The sequence of the message that is asking; 0: none is.</summary>
    public ulong Probe { get; set; }
}
