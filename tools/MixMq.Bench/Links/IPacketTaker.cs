namespace MixMq.Bench.Links;

/// <summary>Takes the packets that come over a link.</summary>
internal interface IPacketTaker
{
    /// <summary>Called on the thread that reads the link.</summary>
    /// <param name="packet">Valid during the call.</param>
    /// <param name="timestamp"><see cref="System.Diagnostics.Stopwatch"/> time just after it was read.</param>
    void Take(ReadOnlySpan<byte> packet, long timestamp);
}
