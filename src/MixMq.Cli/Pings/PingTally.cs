using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Pings;

/// <summary>What became of the pings of one run, and how it is said.</summary>
internal sealed class PingTally(string to)
{
    private readonly List<PingEvent> _ends = [];

    public int Sent => _ends.Count;

    public int ExitCode => Answered == Sent ? Cli.ExitCode.Success : Answered > 0 ? Cli.ExitCode.NotDelivered : Cli.ExitCode.Failure;

    private int Answered => _ends.Count(static end => end.State == PingState.Answered);

    private IEnumerable<double> Trips => _ends.Where(static end => end.State == PingState.Answered).Select(Millis);

    public void Add(PingEvent end) => _ends.Add(end);

    public static string Relays(uint count) => count == 1 ? "1 relay" : string.Create(CultureInfo.InvariantCulture, $"{count} relays");

    /// <summary>The last one's end in a line.</summary>
    public string LastLine(TimeSpan wait) => _ends[^1] switch
    {
        { State: PingState.Answered } end => string.Create(CultureInfo.InvariantCulture, $"{Sent}: answered after {Millis(end):0} ms; {Relays(end.Relays)} on the way there"),
        { State: PingState.NoAnswer } end => string.Create(CultureInfo.InvariantCulture, $"{Sent}: no answer within {wait.TotalSeconds:0.#} s; {Relays(end.Relays)} on the way there"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Sent}: not sent, there is no path"),
    };

    public string Summary()
    {
        var share = string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Escape(to)}: {Answered} of {Sent} answered ({100.0 * Answered / Sent:0} %)");
        return Answered == 0 ? share + "." : share + string.Create(
            CultureInfo.InvariantCulture, $", round trip {Trips.Min():0} ms at least, {Trips.Average():0} ms on average, {Trips.Max():0} ms at most.");
    }

    /// <summary>What to do where none was answered; null: some were.</summary>
    public string? Advice()
    {
        if (Answered > 0)
            return null;
        return _ends.TrueForAll(static end => end.State == PingState.NoPath)
            ? "This node sees no path to it: it isn't in the network as this node knows it (it isn't running, was never admitted, or was revoked), or the relays between are down. See: mixmq topology; mixmq status"
            : "No answer. Either its node isn't running, or packets don't get through there or back, or it doesn't take messages of this node: to who may not write it is as silent as if it weren't there, so these can't be told apart from here. "
                + "A busy node too may leave a ping unanswered. Ask its operator whether it runs and has this node among its contacts; see how this node's own packets fare with: mixmq status, mixmq doctor";
    }

    public JsonObject ToJson()
    {
        var answer = new JsonObject
        {
            ["to"] = to,
            ["address"] = _ends[^1].Address,
            ["sent"] = _ends.Count(static end => end.State != PingState.NoPath),
            ["answered"] = Answered,
            ["share"] = (double)Answered / Sent,
        };
        if (Answered > 0)
            answer["round_trip_ms"] = new JsonObject { ["min"] = Trips.Min(), ["mean"] = Math.Round(Trips.Average(), 3), ["max"] = Trips.Max() };
        answer["pings"] = new JsonArray([.. _ends.Select(One)]);
        return answer;
    }

    private static JsonNode One(PingEvent end)
    {
        var one = new JsonObject
        {
            ["state"] = end.State switch
            {
                PingState.Answered => "answered",
                PingState.NoAnswer => "no_answer",
                PingState.NoPath => "no_path",
                _ => "unknown",
            },
        };
        if (end.State != PingState.NoPath)
            one["relays_there"] = end.Relays;
        if (end.State == PingState.Answered)
            one["round_trip_ms"] = Millis(end);
        return one;
    }

    private static double Millis(PingEvent end) => end.RoundTripUs / 1000.0;
}
