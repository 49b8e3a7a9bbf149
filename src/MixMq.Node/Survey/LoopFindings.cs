using System.Globalization;
using MixMq.Contracts.Control.V1;
using MixMq.Transport.Survey;

namespace MixMq.Node.Survey;

/// <summary>What the packets that a node sends to itself say about whether its packets come through.</summary>
internal static class LoopFindings
{
    /// <summary>As many as the node itself wants before it judges (spec/09 §4).</summary>
    private const int LeastJudged = 16;

    /// <summary>Of a hundred that were due, those that don't leave before it is worth a warning.</summary>
    private const int StayedPercent = 10;

    internal static IEnumerable<Finding> Of(LoopStatus? loops)
    {
        if (loops is null)
        {
            yield break;
        }

        if (loops.PerMinute == 0)
        {
            yield return new Finding(FindingLevel.Note, "loops", "", "none", "none are sent, so nothing measures whether packets come through", "set traffic:loopsPerMinute, if that wasn't meant");
            yield break;
        }

        LoopFigures forward = loops.Forward ?? new LoopFigures();
        LoopFigures surb = loops.Surb ?? new LoopFigures();
        ulong sent = forward.Sent + surb.Sent;
        ulong dropped = forward.Dropped + surb.Dropped;
        if (100 * dropped >= StayedPercent * sent && dropped > 0)
        {
            yield return new Finding(
                FindingLevel.Warning, "loops", "", "dropped-here", $"{dropped} of {sent} were dropped by this node itself before they left: it has too much to do, or its links are down", "see the links, and mixmq_drops_total for what is full");
        }

        if (100 * loops.NotSent >= StayedPercent * (loops.NotSent + sent) && loops.NotSent > 0)
        {
            yield return new Finding(
                FindingLevel.Warning, "loops", "", "no-path", $"{loops.NotSent} times one was due and there was no way back here that a loop could take, so messages hardly have one either", "see the links, and mixmq topology --anonymity");
        }

        string times = Times("as packets", forward) + Times("as replies", surb);
        yield return loops.Warning
            ? new Finding(
                FindingLevel.Warning, "loops", "", "lost", $"{loops.JudgedLost} of the last {loops.Judged} didn't come back: lines or relays are failing, or somebody holds back packets{times}",
                "see the links; where they are up, link to a further float of another institution and compare")
            : loops.Judged < LeastJudged
                ? new Finding(FindingLevel.Note, "loops", "", "too-few", $"{loops.Judged} have come back or been given up so far, too few to judge by; {loops.PerMinute} a minute are sent")
                : Finding.Ok("loops", "", $"{loops.Judged - loops.JudgedLost} of the last {loops.Judged} came back{times}");
    }

    private static string Times(string kind, LoopFigures figures) => figures.Measured == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"; {kind} within {figures.MedianMs:0} ms (median), {figures.P99Ms:0} ms (99 of 100), {figures.ExcessMs:0} ms beyond their delays");
}
