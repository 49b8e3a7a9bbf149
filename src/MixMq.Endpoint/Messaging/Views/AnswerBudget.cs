using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>A token bucket that starts full: how many questions are answered. A mutable struct: keep it in a field.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct AnswerBudget(int burst, long intervalMicros)
{
    // The moment at which it was last empty, or would have been.
    private long _emptyAt = long.MinValue / 2;

    /// <summary>Whether one could be taken.</summary>
    public readonly bool HasAny(long nowMicros) => _emptyAt + intervalMicros <= nowMicros;

    /// <summary>Whether all that were taken have been earned again.</summary>
    public readonly bool IsFull(long nowMicros) => _emptyAt <= nowMicros - (burst * intervalMicros);

    public bool TryTake(long nowMicros)
    {
        if (!HasAny(nowMicros))
        {
            return false;
        }

        _emptyAt = Math.Max(_emptyAt, nowMicros - (burst * intervalMicros)) + intervalMicros;
        return true;
    }
}
