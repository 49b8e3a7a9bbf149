using System.Diagnostics.CodeAnalysis;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// Answers about conversations that aren't known here under the secret asked with (spec/07 §17, §19). Whoever may write can cause them, so each correspondent has a turn of its own: one answer of each
/// waits at most, the last asked for, one goes out in 50 ms, and of all one in 5 ms, whose turn came first. Who causes many delays those of others by 5 ms, therefore, and a table of those that wait has an end.
/// </summary>
internal sealed class StrayAnswers
{
    /// <summary>Correspondents whose answers wait.</summary>
    public const int MaxWaiting = 256;

    /// <summary>Between two answers to one correspondent.</summary>
    public const long IntervalMicros = 50 * Moment.MicrosPerMilli;

    /// <summary>Between any two answers.</summary>
    public const long ApartMicros = 5 * Moment.MicrosPerMilli;

    private readonly Dictionary<NodeAddress, Stray> _waiting = [];
    private readonly PriorityQueue<NodeAddress, (long Due, long Number)> _turns = new();

    // Since answers are so far apart, few have been answered within their interval.
    private readonly Queue<(NodeAddress Correspondent, long Until)> _answered = new();
    private long _next = long.MinValue;
    private long _numbers;

    /// <summary>When one may go out, microseconds.</summary>
    public long NextDeadline => _turns.TryPeek(out _, out var turn) ? Math.Max(turn.Due, _next) : Moment.Never;

    /// <summary>An answer is to go out. It takes the place of the same correspondent's that waits; where too many wait it is dropped, and will be asked for again.</summary>
    /// <param name="correspondent">By its first address.</param>
    /// <param name="mark">What it says.</param>
    /// <param name="secret">Under which.</param>
    /// <param name="now">Now.</param>
    public void Add(NodeAddress correspondent, in RecipientMark mark, ConversationSecret secret, Moment now)
    {
        while (_answered.TryPeek(out var answered) && answered.Until <= now.Micros)
        {
            _ = _answered.Dequeue();
        }

        if (_waiting.ContainsKey(correspondent))
        {
            _waiting[correspondent] = new(correspondent, mark, secret);
        }
        else if (_waiting.Count < MaxWaiting)
        {
            var due = now.Micros;
            foreach (var answered in _answered)
            {
                due = answered.Correspondent == correspondent ? answered.Until : due;
            }

            _waiting.Add(correspondent, new(correspondent, mark, secret));
            _turns.Enqueue(correspondent, (due, _numbers++));
        }
    }

    /// <summary>Takes the answer whose turn it is.</summary>
    /// <returns>False: none may go out now.</returns>
    public bool TryTake(Moment now, [NotNullWhen(true)] out Stray? stray)
    {
        stray = null;
        if (NextDeadline > now.Micros || !_turns.TryDequeue(out var correspondent, out _))
        {
            return false;
        }

        _ = _waiting.Remove(correspondent, out stray);
        _next = now.Micros + ApartMicros;
        _answered.Enqueue((correspondent, now.Micros + IntervalMicros));
        return stray is not null;
    }

    /// <summary>An answer that waits.</summary>
    /// <param name="Correspondent">Whose it is.</param>
    /// <param name="Mark">What it says.</param>
    /// <param name="Secret">Under which.</param>
    internal sealed record Stray(NodeAddress Correspondent, RecipientMark Mark, ConversationSecret Secret);
}
