using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary>The part of <c>status</c> that says whether packets that the node sends to itself come back.</summary>
internal static class LoopStatusView
{
    /// <summary>One line, one more for each kind that was measured, and a warning with what to do.</summary>
    public static string Describe(LoopStatus loops)
    {
        var (forward, surb) = (loops.Forward ?? new LoopFigures(), loops.Surb ?? new LoopFigures());
        if (loops.PerMinute == 0)
            return "none are sent (traffic:loopsPerMinute)";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{forward.Sent + surb.Sent} sent, {forward.Returned + surb.Returned} returned, {forward.Lost + surb.Lost} lost, {forward.UnderWay + surb.UnderWay} under way; {loops.PerMinute} a minute");
        if (loops.NotSent > 0)
            line += string.Create(CultureInfo.InvariantCulture, $"; {loops.NotSent} not sent for want of a path");
        if (forward.Dropped + surb.Dropped > 0)
            line += string.Create(CultureInfo.InvariantCulture, $"; {forward.Dropped + surb.Dropped} dropped here before they left");
        line += Kind("as packets", forward) + Kind("as replies", surb);
        if (!loops.Warning)
            return line;
        return line + string.Create(
            CultureInfo.InvariantCulture,
            $"""

            WARNING   {loops.JudgedLost} of the last {loops.Judged} loops didn't come back: lines or relays are failing, or somebody holds back packets to see where the others go.
                      Look at the links below; where they are up, link to a further float of another institution and compare.
            """);
    }

    public static JsonObject ToJson(LoopStatus loops) => new()
    {
        ["per_minute"] = loops.PerMinute,
        ["not_sent"] = loops.NotSent,
        ["judged"] = loops.Judged,
        ["judged_lost"] = loops.JudgedLost,
        ["warning"] = loops.Warning,
        ["forward"] = ToJson(loops.Forward ?? new LoopFigures()),
        ["surb"] = ToJson(loops.Surb ?? new LoopFigures()),
    };

    private static JsonObject ToJson(LoopFigures figures) => new()
    {
        ["sent"] = figures.Sent,
        ["returned"] = figures.Returned,
        ["lost"] = figures.Lost,
        ["late"] = figures.Late,
        ["dropped"] = figures.Dropped,
        ["under_way"] = figures.UnderWay,
        ["measured"] = figures.Measured,
        ["mean_ms"] = figures.MeanMs,
        ["median_ms"] = figures.MedianMs,
        ["p99_ms"] = figures.P99Ms,
        ["excess_ms"] = figures.ExcessMs,
    };

    private static string Kind(string name, LoopFigures figures) => figures.Measured == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"\n          {name}: {figures.Returned} of {figures.Sent} back, round trip {figures.MedianMs:0} ms (mean {figures.MeanMs:0}, 99% {figures.P99Ms:0}), {figures.ExcessMs:0} ms of it beyond its delays");
}
