using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Commands;

public sealed class StatusTests : IAsyncLifetime
{
    private FakeNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await FakeNode.StartAsync();
        _node.Status = new NodeStatus
        {
            Address = "mix1own",
            Links = { new LinkStatus { Name = "float\u001b", Address = "mix1float", State = LinkState.Refused, Reason = "other network" } },
            Messaging = new MessagingCounters { Retransmissions = 3 },
            Drops = { new DropCount { Reason = "replay", Count = 2 } },
        };
        _node.Topology = new NetworkTopology
        {
            Nodes = { new NetworkNode { Address = "mix1a", Own = true }, new NetworkNode { Address = "mix1b", Name = "evil\"]\n", Relays = true } },
            Links = { new NetworkLink { AddressA = "mix1a", AddressB = "mix1b", TwoSided = true }, new NetworkLink { AddressA = "mix1b", AddressB = "mix1c" } },
        };
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Status_shows_links_with_their_reasons_and_what_was_dropped()
    {
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains("other network", text, StringComparison.Ordinal);
        Assert.Contains("2 replay", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        var json = (await _node.RunAsync("status", "--json")).Json;
        Assert.Equal("refused", json.GetProperty("links")[0].GetProperty("state").GetString());
        Assert.Equal(3, json.GetProperty("messaging").GetProperty("retransmissions").GetInt32());
        Assert.Equal(2, json.GetProperty("drops")[0].GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Topology_shows_two_sided_links_as_such_and_its_dot_cannot_be_broken_out_of()
    {
        Assert.Contains("2 nodes, 1 links", (await _node.RunAsync("topology")).Output, StringComparison.Ordinal);
        var dot = (await _node.RunAsync("topology", "--dot")).Output;
        Assert.Contains("\"mix1a\" -- \"mix1b\";", dot, StringComparison.Ordinal);
        Assert.Contains("\"mix1b\" -- \"mix1c\" [style=dashed];", dot, StringComparison.Ordinal);
        Assert.Contains("label=\"evil\\\"]\\\\u{a}\"", dot, StringComparison.Ordinal);
        Assert.True((await _node.RunAsync("topology", "--json")).Json.GetProperty("links")[0].GetProperty("two_sided").GetBoolean());
    }
}
