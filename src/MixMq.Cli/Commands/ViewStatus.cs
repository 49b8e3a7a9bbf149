using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary>The part of <c>status</c> that says how the node's view of the network compares with its correspondents'.</summary>
internal static class ViewStatus
{
    /// <summary>One line, and in a suspicion what it means and what to do.</summary>
    public static string Describe(ViewComparison views)
    {
        if (views.Compared + views.Unanswered + views.ClockDiffers == 0)
            return "not compared with anyone yet";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"compared with {views.Compared} correspondent{(views.Compared == 1 ? "" : "s")}: {views.Agreeing} agree, {views.Differing} differ; {Percent(views.Agreement)} of records the same");
        if (views.Unanswered > 0)
            line += string.Create(CultureInfo.InvariantCulture, $"; {views.Unanswered} didn't answer");
        if (views.ClockDiffers > 0)
            line += string.Create(CultureInfo.InvariantCulture, $"; {views.ClockDiffers} have a clock too far from this node's");
        return views.Suspicion is ViewSuspicion.Note or ViewSuspicion.Warning ? $"{line}\n{Explain(views)}" : line;
    }

    /// <summary>The suspicion's name in JSON.</summary>
    public static string Name(ViewSuspicion suspicion) => suspicion switch
    {
        ViewSuspicion.None => "none",
        ViewSuspicion.Note => "note",
        ViewSuspicion.Warning => "warning",
        _ => "unknown",
    };

    public static JsonObject ToJson(ViewComparison views) => new()
    {
        ["suspicion"] = Name(views.Suspicion),
        ["since_unix_ms"] = views.SinceUnixMs,
        ["compared"] = views.Compared,
        ["agreeing"] = views.Agreeing,
        ["differing"] = views.Differing,
        ["unanswered"] = views.Unanswered,
        ["clock_differs"] = views.ClockDiffers,
        ["missing"] = views.Missing,
        ["older"] = views.Older,
        ["only_here"] = views.OnlyHere,
        ["contradictory"] = views.Contradictory,
        ["agreement"] = views.Agreement,
        ["rounds"] = views.Rounds,
        ["findings"] = views.Findings,
    };

    private static string Explain(ViewComparison views)
    {
        var meaning = views.Suspicion == ViewSuspicion.Warning
            ? "WARNING   Your neighbours may be showing you a false view of the network: link to another institution's float, and ask your correspondents what they see."
            : "Note      One correspondent, or only strangers, see another network. They may be wrong, or your neighbours may be showing you a false view.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {meaning}
                      Since {Clock.Show(views.SinceUnixMs)}, at least: {views.Missing} records that they have and you lack, {views.Older} that you have in an older version,
                      {views.OnlyHere} that only you have, {views.Contradictory} of which they have another version of the same number.
            """);
    }

    // Rounded down: 100% is said of equal views alone.
    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 1000) / 10:0.#}%");
}
