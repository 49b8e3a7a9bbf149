using System.Text.Json.Nodes;
using MixMq.Bench.Results;

namespace MixMq.Bench.Tests;

/// <summary>The README's table, from reports that are made up.</summary>
public sealed class ResultRowsTests
{
    [Fact]
    public void A_time_is_shown_as_a_multiple_of_a_derive_with_the_command_that_repeats_it() => Assert.Equal(
        "| Unwrap, 64 at a time | 0.93 derives | `unwrap` |",
        Assert.Single(ResultRows.Of(new JsonObject { ["benchmark"] = "unwrap", ["path"] = "Avx512", ["batch"] = 64, ["us"] = 38.1, ["ratio"] = 0.93 })).ToString());

    [Fact]
    public void Sizes_between_are_left_out() =>
        Assert.Empty(ResultRows.Of(new JsonObject { ["benchmark"] = "x25519", ["path"] = "Avx512", ["batch"] = 3, ["ratio"] = 1.0 }));

    [Fact]
    public void A_relays_row_says_each_load_by_itself()
    {
        var load = new JsonObject { ["load"] = "50%", ["p50_ms"] = 0.5, ["p99_ms"] = 1.5, ["p999_ms"] = 2.5 };
        var rows = ResultRows.Of(new JsonObject { ["benchmark"] = "relay", ["links"] = 100, ["lost"] = 0, ["loads"] = new JsonArray(load) }).ToList();

        Assert.Contains(rows, row => row.What.Contains("50%", StringComparison.Ordinal) && row.Figure == "p50 0.5 ms, p99 1.5 ms, p99.9 2.5 ms");
        Assert.All(rows, row => Assert.Equal("relay", row.Command));
    }
}
