namespace MixMq.Transport.Links;

/// <summary>
/// When a connection's socket is looked at again: at once, as long as more is likely to be there, and at the next tick where it has been emptied and what
/// came last came fast. A busy link so pays for one wake-up and one read of the socket a millisecond, and not for each packet.
/// </summary>
/// <remarks>Not thread-safe: the connection's reader alone.</remarks>
internal sealed class ReadPace(ReadTicks ticks)
{
    /// <summary>Two reads within so many ticks are fast.</summary>
    private const long FastTicks = 2;

    private readonly WakeSignal _signal = new();
    private long _last = -FastTicks - 1;
    private long _before = -FastTicks - 1;
    private bool _emptied;

    /// <summary>To be awaited before the socket is read.</summary>
    internal ValueTask WaitAsync()
    {
        if (!_emptied || ticks.Number - _before > FastTicks)
        {
            return ValueTask.CompletedTask;
        }

        // Once: the socket is read next, whether for nothing but to wait or for what is there.
        _emptied = false;
        return ticks.WaitAsync(_signal);
    }

    /// <summary>What a read brought.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="room">How much there was room for; 0: the read was for waiting only.</param>
    internal void HasRead(int bytes, int room)
    {
        if (room > 0)
        {
            _emptied = bytes < room;
            (_before, _last) = (_last, ticks.Number);
        }
    }
}
