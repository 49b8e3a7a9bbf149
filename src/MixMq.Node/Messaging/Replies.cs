using System.Diagnostics.CodeAnalysis;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Node.Messaging;

/// <summary>
/// What opens the replies to this node's SURBs, in memory alone: whoever seizes the disk can tie nothing to it. Bounded; the oldest goes first, and what it would have opened is asked for again.
/// Thread-safe; opening is for one thread.
/// </summary>
internal sealed class Replies : IDisposable
{
    /// <summary>SURBs that may be under way at once.</summary>
    internal const int Limit = 8192;

    private readonly Lock _lock = new();
    private readonly Dictionary<SurbId, (SurbState State, MessageId About)> _states = [];
    private readonly Queue<SurbId> _oldest = new();
    private readonly AeadContext _aead = new();
    private bool _disposed;

    /// <summary>SURBs under way.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _states.Count;
            }
        }
    }

    /// <summary>Keeps what opens the reply to a SURB that is about to leave.</summary>
    internal void Add(SurbState state, MessageId about, long nowUnixSeconds)
    {
        lock (_lock)
        {
            while (_oldest.TryPeek(out SurbId oldest)
                && (!_states.TryGetValue(oldest, out var kept) || kept.State.ExpiryUnixSeconds + (2L * 3600) < nowUnixSeconds || _states.Count >= Limit))
            {
                _oldest.Dequeue();
                if (_states.Remove(oldest, out kept))
                {
                    kept.State.Dispose();
                }
            }

            if (_disposed)
            {
                state.Dispose();
                return;
            }

            _states.Add(state.Id, (state, about));
            _oldest.Enqueue(state.Id);
        }
    }

    /// <summary>Opens a reply, once.</summary>
    internal bool TryOpen(SurbId id, Span<byte> laneB, [MaybeNullWhen(false)] out MessageId about, out ReadOnlySpan<byte> message)
    {
        message = default;
        about = default;
        (SurbState State, MessageId About) kept;
        lock (_lock)
        {
            if (_disposed || !_states.Remove(id, out kept))
            {
                return false;
            }
        }

        about = kept.About;
        return kept.State.TryOpen(laneB, _aead, out message) == DropReason.None;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var (state, _) in _states.Values)
            {
                state.Dispose();
            }

            _states.Clear();
        }

        _aead.Dispose();
    }
}
