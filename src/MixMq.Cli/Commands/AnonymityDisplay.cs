using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;
using Spectre.Console;

namespace MixMq.Cli.Commands;

/// <summary>Shows what a graph does for the anonymity of its paths: figures beside what is wanted, and warnings in plain words.</summary>
internal static class AnonymityDisplay
{
    public static void Show(CommandOutput output, GraphAnonymity report)
    {
        output.Line(Text($"{report.Relays} relays with {report.RelayLinks} links between them; {report.Ends} nodes send and receive; paths have {report.PathLinks} links."));
        if (report.Pairs == 0)
        {
            Warn(output, report);
            return;
        }

        var table = new Table().AddColumns("What", "Here", "Wanted", "");
        Row(table, "Total variation of a path's end", $"{report.TotalVariation:0.00} (worst {report.TotalVariationWorst:0.00})", $"≤ {report.GoalTotalVariation:0.00}", report.PathLinksEnough);
        Row(table, "Links of a path", $"{report.PathLinks} of at most {report.MostPathLinks}", $"{Wanted(report)}", report.PathLinksEnough);
        Row(table, "Entropy of a path, median", $"{report.EntropyMedianBits:0.0} bits", $"", null);
        Row(table, "Entropy of a path, lowest 1%", $"{report.EntropyPercentile1Bits:0.0} bits", $"≥ {report.GoalEntropyBits:0} bits", report.EntropyPercentile1Bits >= report.GoalEntropyBits);
        Row(table, "Load on the most used link", $"{report.LinkLoad:0.00} × mean", $"≤ {report.GoalLinkLoad:0.0} × mean", report.LinkLoad <= report.GoalLinkLoad);
        Row(table, "Relays that see half of the paths", $"{(report.ObserversAtLeast == report.ObserversAtMost ? "" : Text($"{report.ObserversAtLeast} to "))}{report.ObserversAtMost}", $"≥ {report.GoalObservers}", report.ObserversAtMost >= report.GoalObservers);
        Row(table, "Pairs without a path", $"{report.PairsWithoutPath}", $"0", report.PairsWithoutPath == 0);
        Row(table, "Pairs with a path of another length", $"{report.PairsOfNearestLength}", $"0", report.PairsOfNearestLength == 0);
        Row(table, "Pairs with a single path", $"{report.PairsWithOnePath}", $"0", report.PairsWithOnePath == 0);
        Row(table, "Pairs cut off by the loss of one relay", $"{report.PairsLostWithOneRelay}", $"0", report.PairsLostWithOneRelay == 0);
        output.Table(table);
        output.Line(Text($"Looked at {report.Pairs} of {report.AllPairs} pairs; the entropy of {report.ExactPairs} of them is exact{(report.EntropyBiasBits > 0 ? Text($", others are estimated ± 0.1 bit") : "")}. {report.SimpleShare:0%} of walks are simple."));
        output.Line(Text($"The load was {(report.LinkLoadCounted ? "counted over drawn paths" : "computed for the walks that paths are drawn from")}. Each relay counts as an institution of its own."));
        foreach (var relay in report.CriticalRelays)
            output.Line(Text($"Without relay {TerminalText.Escape(relay.Name.Length > 0 ? relay.Name : TerminalText.Shorten(relay.Address))}: {relay.Pairs} pairs cut off"));
        Warn(output, report);
    }

    public static JsonObject ToJson(GraphAnonymity report) => new()
    {
        ["path_links"] = report.PathLinks,
        ["most_path_links"] = report.MostPathLinks,
        ["path_links_enough"] = report.PathLinksEnough,
        ["wanted_path_links"] = Or(report.WantedPathLinks),
        ["wanted_path_links_worst"] = Or(report.WantedPathLinksWorst),
        ["rule_path_links"] = Or(report.RulePathLinks),
        ["relays"] = report.Relays,
        ["relay_links"] = report.RelayLinks,
        ["ends"] = report.Ends,
        ["total_variation"] = report.TotalVariation,
        ["total_variation_worst"] = report.TotalVariationWorst,
        ["pairs"] = report.Pairs,
        ["all_pairs"] = report.AllPairs,
        ["entropy_median_bits"] = report.EntropyMedianBits,
        ["entropy_percentile1_bits"] = report.EntropyPercentile1Bits,
        ["exact_pairs"] = report.ExactPairs,
        ["entropy_bias_bits"] = report.EntropyBiasBits,
        ["simple_share"] = report.SimpleShare,
        ["link_load"] = report.LinkLoad,
        ["link_load_counted"] = report.LinkLoadCounted,
        ["observers_at_least"] = report.ObserversAtLeast,
        ["observers_at_most"] = report.ObserversAtMost,
        ["pairs_without_path"] = report.PairsWithoutPath,
        ["pairs_of_nearest_length"] = report.PairsOfNearestLength,
        ["pairs_with_one_path"] = report.PairsWithOnePath,
        ["pairs_lost_with_one_relay"] = report.PairsLostWithOneRelay,
        ["critical_relays"] = new JsonArray([.. report.CriticalRelays.Select(relay => new JsonObject
        {
            ["address"] = relay.Address,
            ["name"] = relay.Name,
            ["pairs"] = relay.Pairs,
        })]),
        ["warnings"] = new JsonArray([.. report.Warnings.Select(warning => new JsonObject { ["kind"] = warning.Kind, ["text"] = warning.Text })]),
    };

    private static void Warn(CommandOutput output, GraphAnonymity report)
    {
        foreach (var warning in report.Warnings)
            output.Line($"Warning: {TerminalText.Escape(warning.Text)}");
        if (report.Warnings.Count == 0)
            output.Line("Nothing to warn of.");
    }

    private static string Wanted(GraphAnonymity report) => report.WantedPathLinks switch
    {
        0 => "no length is enough",
        var wanted when wanted == report.WantedPathLinksWorst || report.WantedPathLinksWorst == 0 => $"≥ {wanted}",
        var wanted => $"≥ {wanted} ({report.WantedPathLinksWorst} for all)",
    };

    private static void Row(Table table, string what, FormattableString here, FormattableString wanted, bool? isMet) => table.AddRow(
        new Text(what),
        new Text(Text(here)),
        new Text(Text(wanted)),
        isMet switch { null => Spectre.Console.Text.Empty, true => new Text("ok", new Style(Color.Green)), false => new Text("short", new Style(Color.Red)) });

    private static JsonNode? Or(uint value) => value == 0 ? null : value;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
