using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Bench.Links;
using MixMq.Bench.Processes;

namespace MixMq.Bench.Relay;

/// <summary>The processes around the float: <c>relay-generator</c>, <c>relay-sink</c> and <c>relay-peers</c>, started by <c>relay</c> and <c>idle</c>.</summary>
internal static class HelperCommands
{
    /// <summary>Links made at once: a float bounds connections that haven't proved who they are.</summary>
    private const int AtOnce = 32;

    public static Command[] Create()
    {
        var folder = new Option<string>("--folder") { Required = true };
        var generator = new Command("relay-generator") { folder };
        generator.Hidden = true;
        generator.SetAction(parse =>
        {
            using var exchange = new Exchange(parse.GetValue(folder)!);
            using var end = new LinkEnd();
            using var clock = new LinkClock([end]);
            var load = new Generator(end, exchange);
            Serve([end], load.Answer);
        });
        var sink = new Command("relay-sink") { folder };
        sink.Hidden = true;
        sink.SetAction(parse =>
        {
            using var exchange = new Exchange(parse.GetValue(folder)!);
            var taker = new Sink(exchange);
            using var end = new LinkEnd(taker);
            using var clock = new LinkClock([end]);
            Serve([end], (what, command) => taker.Answer(what, command, end));
        });
        var count = Options.Number("--count", "Nodes, each with one link to the float", 1, 1000, 1);
        var peers = new Command("relay-peers") { count };
        peers.Hidden = true;
        peers.SetAction(parse =>
        {
            var ends = Enumerable.Range(0, parse.GetValue(count)).Select(_ => new LinkEnd()).ToArray();
            using (new LinkClock(ends))
                Serve(ends, (what, _) => throw new InvalidOperationException($"A peer doesn't know what '{what}' is."));
            foreach (var end in ends)
                end.Dispose();
        });
        return [generator, sink, peers];
    }

    private static void Serve(LinkEnd[] ends, Func<string, JsonObject, JsonObject> answer)
    {
        CommandLines.Write(new JsonObject
        {
            ["ends"] = new JsonArray([.. ends.Select(end => new JsonObject { ["address"] = end.Identity.Address, ["pin"] = end.Identity.Pin })]),
        });
        CommandLines.Answer((what, command) => what == "link" ? Link(ends, command) : answer(what, command));
    }

    private static JsonObject Link(LinkEnd[] ends, JsonObject command)
    {
        var target = new FloatTarget((string)command["address"]!, (string)command["pin"]!, (int)command["port"]!);
        foreach (var some in ends.Chunk(AtOnce))
        {
            foreach (var end in some)
                end.Start(target);
            Task.WhenAll(some.Select(end => end.Up)).WaitAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
        }

        return new JsonObject { ["up"] = ends.Length };
    }
}
