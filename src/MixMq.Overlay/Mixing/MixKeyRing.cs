using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Mixing;

/// <summary>
/// The node's mix keys by epoch: the current one and the next two, asked for ahead so that records need not be signed anew each epoch, and the
/// last one for the grace. A key whose time has passed is disposed of, and its replay filter with it.
/// </summary>
internal sealed class MixKeyRing(NetworkParameters network)
{
    /// <summary>Keys further ahead than this can only be there because the clock was set back; they go too, so that there is a bound.</summary>
    private const uint MostAhead = 2 * NetworkParameters.EpochsAhead;

    private const long RetryMillis = 1_000;

    private readonly SortedList<uint, MixKey> _keys = [];
    private readonly HashSet<uint> _requested = [];
    private MixKey[] _candidates = [];
    private long _validFrom = long.MaxValue;
    private long _validUntil = long.MinValue;

    public uint Epoch { get; private set; }

    public IList<uint> Epochs => _keys.Keys;

    /// <summary>When <see cref="Update"/> must be called next at the latest, in unix milliseconds.</summary>
    public long ValidUntilUnixMillis => _validUntil;

    /// <summary>The keys acceptable now, likeliest first; never changed, only replaced.</summary>
    public ReadOnlyMemory<MixKey> Candidates => _candidates;

    /// <summary>Whether the wall clock has crossed a boundary, in either direction, since the last update.</summary>
    public bool NeedsUpdate(long unixMillis) => unixMillis < _validFrom || unixMillis >= _validUntil;

    /// <summary>Destroys what is over, asks for what is missing. True: what is published has changed.</summary>
    public bool Update<TSink>(long unixMillis, ref TSink sink)
        where TSink : IOverlaySink
    {
        var before = Epoch;
        Epoch = EpochClock.EpochAt(network, unixMillis);
        for (var i = _keys.Count - 1; i >= 0; i--)
        {
            var epoch = _keys.Keys[i];
            if (IsOver(epoch, unixMillis) || epoch > Epoch + MostAhead)
            {
                Retire(_keys.Values[i], ref sink);
                _keys.RemoveAt(i);
            }
        }

        for (var epoch = Epoch; epoch <= Epoch + NetworkParameters.EpochsAhead; epoch++)
        {
            if (!_keys.ContainsKey(epoch) && _requested.Add(epoch))
            {
                sink.RequestMixKey(epoch);
            }
        }

        Arrange(unixMillis);
        return before != Epoch;
    }

    /// <summary>A key that was asked for couldn't be made. Without it the node is deaf for its epoch, so it is asked for again.</summary>
    public void Fail(uint epoch, long unixMillis)
    {
        if (_requested.Remove(epoch))
        {
            _validUntil = Math.Min(_validUntil, unixMillis + RetryMillis);
        }
    }

    /// <summary>Takes a key in, or disposes of it where it isn't wanted any more. True: what is published has changed.</summary>
    public bool Add(MixKey key, long unixMillis)
    {
        if (!_requested.Remove(key.Epoch) || IsOver(key.Epoch, unixMillis) || !_keys.TryAdd(key.Epoch, key))
        {
            key.Dispose();
            return false;
        }

        Arrange(unixMillis);
        return true;
    }

    /// <summary>The keys to publish: the current one and those ahead.</summary>
    public PublishedMixKey[] Published() =>
        [.. _keys.Values.Where(key => key.Epoch >= Epoch && key.Epoch <= Epoch + NetworkParameters.EpochsAhead)
            .Select(key => new PublishedMixKey(key.Epoch, key.Public))];

    public void Destroy()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }

        _keys.Clear();
        _requested.Clear();
        _candidates = [];
    }

    // From here on it has no new users, and the last one to leave is whoever the sink gives it to, or a worker that is still at it.
    private static void Retire<TSink>(MixKey key, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (key.TryAcquire())
        {
            key.Dispose();
            sink.ReleaseMixKey(key);
        }
    }

    private bool IsOver(uint epoch, long unixMillis) => unixMillis >= EpochClock.StartOf(network, epoch + 1) + (network.GraceSeconds * 1000L);

    private void Arrange(long unixMillis)
    {
        var start = EpochClock.StartOf(network, Epoch);
        var end = EpochClock.StartOf(network, Epoch + 1);
        var graceEnd = start + (network.GraceSeconds * 1000L);
        var skewStart = end - (network.SkewSeconds * 1000L);
        var candidates = new List<MixKey>(3);
        if (_keys.TryGetValue(Epoch, out var current))
        {
            candidates.Add(current);
        }

        if (Epoch > 0 && unixMillis < graceEnd && _keys.TryGetValue(Epoch - 1, out var old))
        {
            candidates.Add(old);
        }

        if (unixMillis >= skewStart && _keys.TryGetValue(Epoch + 1, out var coming))
        {
            candidates.Add(coming);
        }

        // Epoch ≥ 2 · (grace + skew), so that the boundaries come in this order.
        (_validFrom, _validUntil) = unixMillis < graceEnd ? (start, graceEnd)
            : unixMillis < skewStart ? (graceEnd, skewStart)
            : (skewStart, end);
        _candidates = [.. candidates];
    }
}
