using System.CommandLine;
using MixMq.Simulation.Anonymity;
using MixMq.Sim.Pictures;

namespace MixMq.Sim.Commands;

/// <summary><c>anonymity</c>: what an observer of all links learns, by mixing model, against what theory says.</summary>
internal static class AnonymityCommand
{
    private const int Classes = 60;
    private static readonly AnonymityOptions Defaults = new();

    private const string Description = """
        How well a network hides who sends, measured in a mixing model and held against theory.

        Senders at constant Poisson rate send over a random regular graph of relays. Paths and delays are drawn, and packets held, by the
        code that ships; only cryptography and links are left out. An observer sees all links and all times. For packets on delivery
        it reckons how probable each sender is; the entropy of that, in bits, is the measure: 6 bits hide as well as 64 equally likely
        senders. Two observers are shown. One knows times alone, and takes any packet in a relay for one that may leave it next: the usual
        measure. The other is also told how far along its path each packet is. No real observer knows more of that, and efficiency is
        reckoned for this one. The surprise at the right packet shows who reckons rightly: in the mean it then equals the entropy.

        Mixing needs traffic. A relay hides a packet among those it holds, so efficiency (the entropy over the greatest that the delays
        allow) falls with fewer senders, a lower rate, a shorter delay, or more relays to the same traffic.

        Examples:
          mixmq-sim anonymity
          mixmq-sim anonymity --nodes 100 --degree 4 --links 10 --svg delays.svg
          mixmq-sim anonymity --senders 1000 --rate 6 --json | tail -1

        Exit code: 0 if every check holds, 1 if one doesn't or the options are wrong. One seed gives the same figures, bit for bit.
        """;

    public static Command Create()
    {
        var nodes = Study.Number("--nodes", "Relays; each also sends and receives.", Defaults.Nodes);
        var degree = Study.Number("--degree", "Links of each relay.", Defaults.Degree);
        var links = Study.Number("--links", "Links of a path; one fewer relays hold the packet.", Defaults.Links);
        var rate = Study.Number("--rate", "Packets of each sender a second, cover among them.", Defaults.Rate);
        var delay = Study.Number("--delay-ms", "Mean delay at each relay, milliseconds.", Defaults.DelayMs);
        var senders = Study.Number("--senders", "Senders, shared out over the nodes in turn.", Defaults.Senders);
        var seed = Study.Number("--seed", "Seed of everything random.", Defaults.Seed);
        var targets = Study.Number("--targets", "Packets that the observer asks after.", Defaults.Targets);
        var svg = new Option<FileInfo?>("--svg") { Description = "Write a picture of the delays to this file." };
        var json = new Option<bool>("--json") { Description = "End with one line, a JSON object." };
        var command = new Command("anonymity", Description) { nodes, degree, links, rate, delay, senders, seed, targets, svg, json };
        command.SetAction(parse => Run(
            new()
            {
                Nodes = parse.GetValue(nodes),
                Degree = parse.GetValue(degree),
                Links = parse.GetValue(links),
                Rate = parse.GetValue(rate),
                DelayMs = parse.GetValue(delay),
                Senders = parse.GetValue(senders),
                Seed = parse.GetValue(seed),
                Targets = parse.GetValue(targets),
            },
            parse.GetValue(svg),
            parse.GetValue(json),
            parse.InvocationConfiguration));
        return command;
    }

    private static int Run(AnonymityOptions options, FileInfo? svg, bool json, InvocationConfiguration console) =>
        Study.Run(options.Validate(), svg, console, (say, watch) =>
        {
            var report = AnonymityStudy.Run(options, say);
            AnonymityOutput.Table(console.Output, report);
            if (json)
            {
                console.Output.WriteLine(AnonymityOutput.ToJson(report, watch.Elapsed.TotalSeconds).ToJsonString());
            }

            return (() => Picture(report), report.Ok);
        });

    private static string Picture(AnonymityReport report)
    {
        var (mixes, mean) = (report.Options.Links - 1, report.Options.DelayMs);
        var longest = (mixes + (4 * Math.Sqrt(mixes)) + 2) * mean;
        var delays = report.Network.Delays.Select(delay => (double)delay).ToArray();
        var perfect = Enumerable.Range(0, 201).Select(i => i * longest / 200)
            .Select(time => (time, ClosedForms.ErlangWeight(mixes, mean, time) / mean / Math.Exp(SpecialFunctions.LogGamma(mixes))));
        return new Chart(FormattableString.Invariant($"Time on the way: {report.Options.Links} links, {mean} ms at each relay"), "milliseconds", "share per millisecond")
            .Add(ChartSeries.Histogram(FormattableString.Invariant($"{delays.Length} packets"), delays, 0, longest, Classes))
            .Add(new ChartSeries(FormattableString.Invariant($"Erlang({mixes}, {mean} ms)"), ChartStyle.Dashed, [.. perfect]))
            .ToSvg();
    }
}
