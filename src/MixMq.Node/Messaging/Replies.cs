using System.Diagnostics.CodeAnalysis;
using MixMq.Crypto;
using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Node.Messaging;

/// <summary>
/// What opens the replies to this node's SURBs, in memory alone: whoever seizes the disk can tie nothing to it. Each is destroyed when no reply can come any more, whether anything is sent or not: until then who gets at the
/// memory could open a recording. Bounded; what it would have opened is asked for again. Thread-safe; opening is for one thread.
/// </summary>
internal sealed class Replies(NetworkParameters network) : IDisposable
{
    /// <summary>SURBs that may be under way at once, at others.</summary>
    internal const int Limit = 8192;

    /// <summary>The same of loops. They have a limit of their own: who drops all of a node's loops makes it keep what would open them, and must not push out with that what others are waited for.</summary>
    internal const int LoopLimit = LoopLimits.MaxUnderWay;

    private readonly Lock _lock = new();

    // A SURB is used before it expires, and its keys open packets for so long after that.
    private readonly SurbStates<MessageId> _states = new(Limit, network.GraceSeconds + network.SkewSeconds);
    private readonly SurbStates<MessageId> _loops = new(LoopLimit, network.GraceSeconds + network.SkewSeconds);
    private readonly AeadContext _aead = new();
    private bool _disposed;

    /// <summary>Keeps what opens the reply to a SURB that is about to leave.</summary>
    internal void Add(SurbState state, MessageId about, bool isLoop)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                state.Dispose();
                return;
            }

            (isLoop ? _loops : _states).Add(state, about);
        }
    }

    /// <summary>Destroys what no reply can come to any more.</summary>
    internal void DropExpired(long nowUnixSeconds)
    {
        lock (_lock)
        {
            _states.DropExpired(nowUnixSeconds);
            _loops.DropExpired(nowUnixSeconds);
        }
    }

    /// <summary>Opens a reply, once.</summary>
    internal bool TryOpen(SurbId id, Span<byte> laneB, [MaybeNullWhen(false)] out MessageId about, out ReadOnlySpan<byte> message)
    {
        message = default;
        SurbState? state;
        lock (_lock)
        {
            if (!_states.TryTake(id, out state, out about) && !_loops.TryTake(id, out state, out about))
            {
                return false;
            }
        }

        return state.TryOpen(laneB, _aead, out message) == DropReason.None;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _states.Dispose();
            _loops.Dispose();
        }

        _aead.Dispose();
    }
}
