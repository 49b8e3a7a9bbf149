namespace MixMq.Storage;

/// <summary>
/// When the storage writer looks after its store: seldom while there is little to do, often while much is to be removed or room is short. Used on the writer's thread alone.
/// </summary>
/// <param name="retention">What is kept how long.</param>
/// <param name="time">The clock.</param>
/// <param name="spaceChanged">Called on the writer's thread when room has become short (true) or is there again (false).</param>
public sealed class StoreUpkeep(StoreRetention retention, TimeProvider time, Action<bool> spaceChanged)
{
    /// <summary>Rows of a kind in one pass: a few milliseconds for which commits wait.</summary>
    public const int MaxRows = 256;

    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WhileShort = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WhileMuch = TimeSpan.FromMilliseconds(100);
    private long _last = time.GetTimestamp();
    private TimeSpan _pause = WhileMuch;

    internal void SpaceChanged(bool isShort) => spaceChanged(isShort);

    /// <summary>How long until there is something to do; not negative.</summary>
    internal TimeSpan UntilDue()
    {
        TimeSpan left = _pause - time.GetElapsedTime(_last);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <returns>False: it wasn't due.</returns>
    internal bool RunIfDue(IMessageStore store)
    {
        if (UntilDue() > TimeSpan.Zero)
        {
            return false;
        }

        int removed = store.Upkeep(retention, time.GetUtcNow().ToUnixTimeMilliseconds(), MaxRows);
        _last = time.GetTimestamp();
        _pause = removed >= MaxRows ? WhileMuch : store.IsShortOfSpace ? WhileShort : Seldom;
        return true;
    }
}
