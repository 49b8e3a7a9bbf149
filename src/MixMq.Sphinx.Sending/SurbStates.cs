using System.Diagnostics.CodeAnalysis;

namespace MixMq.Sphinx.Sending;

/// <summary>
/// What opens the replies to SURBs that are under way, each with what its SURB was made for. Bounded; what expires first goes first, of those that expire together what was added first. Owns the states: what goes is destroyed.
/// </summary>
/// <typeparam name="TAbout">What a SURB was made for.</typeparam>
/// <param name="limit">States held at most, positive.</param>
/// <param name="afterwardsSeconds">How long after a SURB's expiry the reply to it may still be on its way.</param>
/// <remarks>One thread at a time.</remarks>
public sealed class SurbStates<TAbout>(int limit, long afterwardsSeconds) : IDisposable
{
    private readonly Dictionary<SurbId, (SurbState State, TAbout About, ulong Number)> _states = [];

    // The numbers tell apart what expires together, which is nearly all: mix keys end for all at once.
    private readonly SortedSet<(uint Expiry, ulong Number, SurbId Id)> _byExpiry = new(Comparer<(uint Expiry, ulong Number, SurbId Id)>.Create(static (a, b) =>
        a.Expiry != b.Expiry ? a.Expiry.CompareTo(b.Expiry) : a.Number.CompareTo(b.Number)));

    private ulong _added;

    /// <summary>States held.</summary>
    public int Count => _states.Count;

    /// <summary>Takes a state over.</summary>
    /// <param name="state">Its id isn't there yet.</param>
    /// <param name="about">What its SURB was made for.</param>
    public void Add(SurbState state, TAbout about)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (_states.Count >= limit)
        {
            Drop(_byExpiry.Min.Id);
        }

        _states.Add(state.Id, (state, about, ++_added));
        _byExpiry.Add((state.ExpiryUnixSeconds, _added, state.Id));
    }

    /// <summary>Gives a state out, once; it is the caller's then.</summary>
    /// <param name="id">As the reply says it.</param>
    /// <param name="state">The state.</param>
    /// <param name="about">What its SURB was made for.</param>
    /// <returns>False: there is none, or it has gone.</returns>
    public bool TryTake(SurbId id, [NotNullWhen(true)] out SurbState? state, [MaybeNullWhen(false)] out TAbout about)
    {
        if (_states.Remove(id, out var kept))
        {
            _byExpiry.Remove((kept.State.ExpiryUnixSeconds, kept.Number, id));
            (state, about) = (kept.State, kept.About);
            return true;
        }

        (state, about) = (null, default);
        return false;
    }

    /// <summary>Destroys those to which no reply can come any more.</summary>
    /// <param name="nowUnixSeconds">Now.</param>
    public void DropExpired(long nowUnixSeconds)
    {
        while (_byExpiry.Count > 0 && _byExpiry.Min.Expiry + afterwardsSeconds < nowUnixSeconds)
        {
            Drop(_byExpiry.Min.Id);
        }
    }

    /// <summary>Destroys all.</summary>
    public void Dispose()
    {
        foreach (var (state, _, _) in _states.Values)
        {
            state.Dispose();
        }

        _states.Clear();
        _byExpiry.Clear();
    }

    private void Drop(SurbId id)
    {
        if (TryTake(id, out var state, out _))
        {
            state.Dispose();
        }
    }
}
