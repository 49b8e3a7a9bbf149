using MixMq.Transport.Configuration;
using MixMq.Transport.Health;

namespace MixMq.Transport.Survey;

/// <summary>What can be seen of the program from outside.</summary>
/// <param name="IsRunning">Whether it runs: it holds its mark; where there is none, as with older programs, its status text is fresh.</param>
/// <param name="IsLate">It runs, and its status text is older than it should be.</param>
/// <param name="Last">Its last status text; null: there is none, or it can't be read.</param>
internal sealed record RunState(bool IsRunning, bool IsLate, StatusFile? Last)
{
    /// <summary>A status text that is so many intervals old is late.</summary>
    private const int LateIntervals = 3;

    /// <summary>What it says while it runs; null: it doesn't run, or says nothing.</summary>
    internal StatusFile? Status => IsRunning ? Last : null;

    internal static RunState Of(RelayConfiguration configuration, DateTimeOffset now)
    {
        var last = StatusFile.TryRead(configuration.StatusFile);
        var isFresh = last is not null && now - last.Written < LateIntervals * TimeSpan.FromSeconds(configuration.StatusIntervalSeconds);
        return RunningMark.IsHeld(configuration.StatusFile) is { } held ? new RunState(held, held && !isFresh, last) : new RunState(isFresh, false, last);
    }
}
