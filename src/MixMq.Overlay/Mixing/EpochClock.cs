namespace MixMq.Overlay.Mixing;

/// <summary>Epochs by the wall clock: number = unix seconds / epoch length, rounded down (spec/05-mixing.md).</summary>
public static class EpochClock
{
    /// <summary>The epoch at a time.</summary>
    /// <param name="network">Gives the epoch length.</param>
    /// <param name="unixMillis">Unix milliseconds; before 1970 counts as 1970.</param>
    /// <returns>The epoch.</returns>
    public static uint EpochAt(NetworkParameters network, long unixMillis)
    {
        ArgumentNullException.ThrowIfNull(network);
        return (uint)Math.Min(Math.Max(unixMillis, 0) / (network.EpochSeconds * 1000L), uint.MaxValue - NetworkParameters.EpochsAhead);
    }

    /// <summary>When an epoch begins.</summary>
    /// <param name="network">Gives the epoch length.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>Unix milliseconds.</returns>
    public static long StartOf(NetworkParameters network, uint epoch)
    {
        ArgumentNullException.ThrowIfNull(network);
        return epoch * (network.EpochSeconds * 1000L);
    }
}
