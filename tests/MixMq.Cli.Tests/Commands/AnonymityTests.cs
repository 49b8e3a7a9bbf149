using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Tests.Commands;

public sealed class AnonymityTests : IAsyncLifetime
{
    private FakeNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await FakeNode.StartAsync();
        _node.Anonymity = new GraphAnonymity
        {
            PathLinks = 5,
            MostPathLinks = 9,
            Relays = 100,
            RelayLinks = 200,
            Ends = 40,
            TotalVariation = 0.3712,
            TotalVariationWorst = 0.5,
            WantedPathLinks = 9,
            WantedPathLinksWorst = 10,
            Pairs = 1560,
            AllPairs = 1560,
            EntropyMedianBits = 1.58,
            EntropyPercentile1Bits = 0.4,
            SimpleShare = 0.98,
            LinkLoad = 1.2,
            ObserversAtLeast = 7,
            ObserversAtMost = 8,
            PairsOfNearestLength = 26,
            CriticalRelays = { new RelayLoss { Address = "mix1r", Name = "r\u001b", Pairs = 39 } },
            Warnings = { new AnonymityWarning { Kind = "path-links", Text = "5 links are too few\u001b for this graph." } },
            GoalTotalVariation = 0.1,
            GoalEntropyBits = 8,
            GoalLinkLoad = 1.5,
            GoalObservers = 3,
        };
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Figures_stand_beside_what_is_wanted_and_warnings_follow_in_plain_words()
    {
        var result = await _node.RunAsync("topology", "--anonymity");
        Assert.Equal(0, result.ExitCode);
        var rows = result.Output.Split('\n').Where(line => line.StartsWith('│')).Select(line => string.Join('|', line.Split('│', StringSplitOptions.TrimEntries)[1..^1])).ToList();
        Assert.Contains("Total variation of a path's end|0.37 (worst 0.50)|≤ 0.10|short", rows);
        Assert.Contains("Links of a path|5 of at most 9|≥ 9 (10 for all)|short", rows);
        Assert.Contains("Load on the most used link|1.20 × mean|≤ 1.5 × mean|ok", rows);
        Assert.Contains("Relays that see half of the paths|7 to 8|≥ 3|ok", rows);
        Assert.Contains("Pairs with a path of another length|26|0|short", rows);
        Assert.Contains("39 pairs cut off", result.Output, StringComparison.Ordinal);
        Assert.Contains("Warning: 5 links are too few\\u{1b} for this graph.", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Output);
    }

    [Fact]
    public async Task Json_is_one_object_in_which_what_does_not_exist_is_null()
    {
        var json = (await _node.RunAsync("topology", "--anonymity", "--json")).Json;
        Assert.Equal(9, json.GetProperty("wanted_path_links").GetInt32());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, json.GetProperty("rule_path_links").ValueKind);
        Assert.False(json.GetProperty("path_links_enough").GetBoolean());
        Assert.Equal("path-links", json.GetProperty("warnings")[0].GetProperty("kind").GetString());
        Assert.Equal(39, json.GetProperty("critical_relays")[0].GetProperty("pairs").GetInt32());
    }

    [Fact]
    public async Task A_second_analysis_is_refused_with_the_nodes_words()
    {
        _node.Failure = new RpcException(GrpcStatusCode.ResourceExhausted, "An analysis is running already; ask again when it has ended.");
        var result = await _node.RunAsync("topology", "--anonymity");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("An analysis is running already", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await _node.RunAsync("topology", "--anonymity", "--dot")).ExitCode);
    }
}
