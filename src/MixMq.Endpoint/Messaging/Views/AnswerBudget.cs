using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>A token bucket that starts full: how many summaries are answered. A mutable struct: keep it in a field.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct AnswerBudget(int burst, long intervalMicros)
{
    // The moment at which it was last empty, or would have been.
    private long _emptyAt = long.MinValue / 2;

    public bool TryTake(long nowMicros)
    {
        if (_emptyAt + intervalMicros > nowMicros)
        {
            return false;
        }

        _emptyAt = Math.Max(_emptyAt, nowMicros - (burst * intervalMicros)) + intervalMicros;
        return true;
    }
}
