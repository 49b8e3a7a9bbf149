namespace MixMq.Endpoint.Loops;

/// <summary>
/// Says by the last loops that ended whether packets are being lost. What begins a warning is more than what keeps it, so that it doesn't come and go. It says the same whatever the kind: to relays they are alike.
/// </summary>
internal sealed class LoopJudgement
{
    private readonly bool[] _lost = new bool[LoopLimits.Judged];
    private int _next;

    /// <summary>Loops that are judged by.</summary>
    public int Count { get; private set; }

    /// <summary>Of these, the lost ones.</summary>
    public int Lost { get; private set; }

    public bool IsLosing { get; private set; }

    public void Add(bool lost)
    {
        if (Count == LoopLimits.Judged)
        {
            Lost -= _lost[_next] ? 1 : 0;
        }
        else
        {
            Count++;
        }

        _lost[_next] = lost;
        _next = (_next + 1) % LoopLimits.Judged;
        Lost += lost ? 1 : 0;
        IsLosing = IsLosing
            ? 100 * Lost > LoopLimits.EndPercent * Count
            : Count >= LoopLimits.LeastJudged && 100 * Lost >= LoopLimits.WarnPercent * Count;
    }
}
