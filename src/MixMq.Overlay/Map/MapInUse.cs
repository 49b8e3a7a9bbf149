using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Map;

/// <summary>
/// The map as whoever asks is shown it: made when it is asked for, and kept until it changes, by what is taken or ends, or by a time that its statements or revocations name. Knows too whether it is to be
/// stored.
/// </summary>
internal sealed class MapInUse(TopologyOptions options, NetworkMap map)
{
    private NetworkMapView? _view;
    private Moment _lastNow;
    private bool _isToBeStored;
    private long? _changesUnixMillis;
    private long _lookedUnixMillis;

    public NetworkMapView View => _view ??= map.View(_lastNow);

    /// <summary>Another number whenever <see cref="View"/> has changed.</summary>
    public long Version { get; private set; }

    /// <summary>The statement by which another key has taken the place of the own address.</summary>
    public Succession? Replacement => map.SuccessionOf(options.Own, _lastNow);

    /// <summary>When it changes or something of it ends, by the wall clock; asked for after <see cref="LookAhead"/>.</summary>
    public long NextUnixMillis => Math.Min(map.NextExpiryUnixMillis, _changesUnixMillis!.Value);

    public void Start(Moment now)
    {
        map.Start(now);
        Forget();
    }

    /// <summary>Something was taken into the map, or not.</summary>
    public void Changed(bool changed)
    {
        if (changed)
        {
            Forget();
            _isToBeStored = true;
        }
    }

    /// <summary>Other statements govern than before: what was held is judged again.</summary>
    public void Judge(Moment now)
    {
        _ = map.Sweep(now, judges: true);
        Forget();
    }

    /// <summary>Drops what has ended.</summary>
    public void Advance(Moment now)
    {
        _lastNow = now;
        Changed(map.Sweep(now, judges: false));
        if (_changesUnixMillis <= now.UnixMillis || IsEarlierThanLooked(now))
        {
            // A succession begins, or a revocation ends: what was made of the map before isn't true any more.
            Forget();
        }
    }

    /// <summary>Whether it is to be stored; asked, it counts as stored.</summary>
    public bool TakeToBeStored()
    {
        var isToBeStored = _isToBeStored;
        _isToBeStored = false;
        return isToBeStored;
    }

    /// <summary>Finds out when it changes next, if that isn't known.</summary>
    public void LookAhead(Moment now)
    {
        if (_changesUnixMillis is null)
        {
            (_changesUnixMillis, _lookedUnixMillis) = (map.NextChange(now), now.UnixMillis);
        }
    }

    // The clock was set back behind something that had come: it is to come again.
    private bool IsEarlierThanLooked(Moment now)
    {
        if (_changesUnixMillis is not { } next || now.UnixMillis >= _lookedUnixMillis)
        {
            return false;
        }

        _lookedUnixMillis = now.UnixMillis;
        return map.NextChange(now) != next;
    }

    private void Forget()
    {
        _view = null;
        _changesUnixMillis = null;
        Version++;
    }
}
