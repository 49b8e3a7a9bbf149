using System.Collections;
using System.Text;
using MixMq.Transport.Configuration;
using MixMq.Transport.Configuration.Migration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Configuration;

/// <summary>Configurations of older versions, with a history of the tests' own: what MixMq's own has is another matter.</summary>
public sealed class ConfigurationMigrationTests
{
    private static readonly ConfigurationHistory History = new(
        new RenamedSetting(3, "mixing:meanDelayMs", "traffic:meanDelayMs"),
        new RenamedSetting(2, "peers:*:handsOver", "peers:*:mayHandOver"),
        new RenamedSetting(2, "limits:queue", "limits:delayQueue"),
        new RenamedSetting(3, "limits:delayQueue", "limits:held"),
        new RemovedSetting(2, "log:colour", "a log has none"),
        new RewordedValue(3, "messaging:senders", "all", "anyone"));

    [Fact]
    public void Names_places_and_words_change_and_every_other_byte_stays()
    {
        const string Before = """
            {
              // Ours, since the merger.
              "network": { "name": "demo" }, /* the test one */
              "Mixing": { "meanDelayMs":  50 },
              "peers": [
                { "name": "a", "handsOver": true, "unknown": [1, 2,] },
                { "name": "b", "handsover" : false }, // to go
              ],
              "messaging": { "senders": "All", "inboxMiB": 8 },
              "log": { "level": "debug", "colour": "red" },
              "limits": { "queue": 64, }, // last
            }
            """;
        const string After = """
            {
              "version": 3,
              // Ours, since the merger.
              "network": { "name": "demo" }, /* the test one */
              "peers": [
                { "name": "a", "mayHandOver": true, "unknown": [1, 2,] },
                { "name": "b", "mayHandOver" : false }, // to go
              ],
              "messaging": { "senders": "anyone", "inboxMiB": 8 },
              "log": { "level": "debug" },
              "limits": { "held": 64, },
              "traffic": { "meanDelayMs": 50 }, // last
            }
            """;
        var migration = Run(Before);
        Assert.Equal(1, migration.From);
        Assert.Equal(3, migration.To);
        Assert.Equal(After, Text(migration));
        Assert.Equal(migration.Text, Run(Text(migration)).Text);
    }

    [Theory]
    [InlineData("{}", "{ \"version\": 3 }")]
    [InlineData("{ // empty\n}", "{ \"version\": 3  // empty\n}")]
    [InlineData("{\"a\":1}", "{ \"version\": 3,\"a\":1}")]
    [InlineData("{\n\t\"a\": 1\n}", "{\n\t\"version\": 3,\n\t\"a\": 1\n}")]
    [InlineData("{ \"Version\": 2, \"a\": 1 }", "{ \"Version\": 3, \"a\": 1 }")]
    [InlineData("{ \"version\": 3, \"a\": 1 }", "{ \"version\": 3, \"a\": 1 }")]
    [InlineData("{ \"version\": null }", "{ \"version\": 3 }")]
    [InlineData("{\n  \"version\": 3, // c\n  \"log\": { \"colour\": 1 }, \"a\": 1 }", "{\n  \"version\": 3, // c\n \"a\": 1 }")]
    [InlineData("{ \"version\": 3, /* , */ \"log\": { \"colour\": 1 /* , */ } // , \n }", "{ \"version\": 3 /* , */ // , \n }")]
    [InlineData("{ \"version\": 3, // ,\n \"log\": { \"level\": \"info\", \"colour\": 1 } }", "{ \"version\": 3, // ,\n \"log\": { \"level\": \"info\" } }")]
    [InlineData("{ \"version\": 3, \"mixing\": { \"meanDelayMs\": 5, }, }", "{ \"version\": 3,  \"traffic\": { \"meanDelayMs\": 5 }, }")]
    [InlineData("{ \"version\": 3, \"mixing\": { \"meanDelayMs\": 5 }, \"traffic\": {} }", "{ \"version\": 3, \"traffic\": { \"meanDelayMs\": 5 } }")]
    [InlineData("{ \"version\": 3, \"mixing\": { \"x\": 1, \"meanDelayMs\": 5 }, \"traffic\": {\n  \"surbShare\": 0 } }",
        "{ \"version\": 3, \"mixing\": { \"x\": 1 }, \"traffic\": {\n  \"surbShare\": 0,\n  \"meanDelayMs\": 5 } }")]
    public void The_version_is_written_once_and_what_moves_leaves_no_empty_section(string before, string after) =>
        Assert.Equal(Flat(after), Flat(Text(Run(before))));

    [Theory]
    [InlineData("{ \"version\": 4 }", "version 4")]
    [InlineData("{ \"version\": 99999999999 }", "whole number")]
    [InlineData("{ \"version\": 0 }", "whole number")]
    [InlineData("{ \"version\": \"new\" }", "whole number")]
    [InlineData("{ \"version\": { } }", "whole number")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{ \"a\": 1", "not valid JSON at line 1")]
    [InlineData("{ \"a\": \"\\uD800\" }", "half a character")]
    [InlineData("{ \"a\": 1, \"A\": 2 }", "A stands there twice")]
    [InlineData("{ \"limits\": { \"queue\": 1, \"held\": 2, \"delayQueue\": 3 } }", "limits:queue is called limits:delayQueue now")]
    [InlineData("{ \"mixing\": { \"meanDelayMs\": 5 }, \"traffic\": 7 }", "mixing:meanDelayMs is called traffic:meanDelayMs now")]
    public void What_cannot_be_brought_over_is_left_with_a_reason(string text, string reason)
    {
        Assert.False(ConfigurationMigration.TryRun(Encoding.UTF8.GetBytes(text), History, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_meets_an_old_name_says_the_present_one_and_the_command()
    {
        using var folder = new TestFolder();
        var json = """{ "limits": { "queue": 5 }, "mixing": { "meanDelayMs": 1 }, "log": { "colour": "red" }, "messaging": { "senders": "all" }, "other": 1, "peers": [ { "handsOver": true } ] }""";
        var errors = Load(folder, json).ToDictionary(error => error.Path, error => error.Message);
        Assert.Contains("is called limits:held since version 3", errors["limits:queue"], StringComparison.Ordinal);
        Assert.Contains("is called peers:0:mayHandOver since version 2", errors["peers:0:handsOver"], StringComparison.Ordinal);
        Assert.Contains("is called traffic:meanDelayMs", errors["mixing:meanDelayMs"], StringComparison.Ordinal);
        Assert.Contains("is gone since version 2 of the configuration: a log has none", errors["log:colour"], StringComparison.Ordinal);
        Assert.Contains("takes anyone in place of all", errors["messaging:senders"], StringComparison.Ordinal);
        Assert.All(errors.Where(error => error.Key != "other"), error => Assert.Contains("mixmq config migrate", error.Value, StringComparison.Ordinal));
        Assert.Contains("unknown key", errors["other"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_of_a_newer_program_is_one_error_and_older_ones_are_none()
    {
        using var folder = new TestFolder();
        var error = Assert.Single(Load(folder, """{ "version": 4, "fromTheFuture": true }"""));
        Assert.Contains("version 4, and this program knows configurations up to version 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("install the newer program", error.Message, StringComparison.Ordinal);
        Assert.Empty(Load(folder, "{ \"version\": 1 }"));
        Assert.Empty(Load(folder, "{}"));
        Assert.NotEmpty(Load(folder, "{ \"version\": \"one\" }"));
    }

    [Fact]
    public void Our_own_history_leads_nowhere_twice_and_names_no_version_without_a_step()
    {
        var steps = ConfigurationHistory.Own.Steps;
        Assert.Equal(steps.Select(step => step.Since).Append(1).Max(), ConfigurationHistory.Own.Present);
        Assert.Equal(Enumerable.Range(2, ConfigurationHistory.Own.Present - 1), steps.Select(step => step.Since).Distinct());
        Assert.Throws<ArgumentException>(() => new ConfigurationHistory(new RenamedSetting(2, "a:b", "A:B")));
        Assert.Throws<ArgumentException>(() => new ConfigurationHistory(new RewordedValue(2, "a", "x", "X")));
        Assert.Throws<ArgumentException>(() => new ConfigurationHistory(new RemovedSetting(1, "a", "gone")));
    }

    private static System.Collections.Immutable.ImmutableArray<ConfigurationError> Load(TestFolder folder, string json)
    {
        var errors = new List<ConfigurationError>();
        var file = folder.Write("any.json", json);
        var tree = ConfigurationLoader.ReadSettings(file, new Hashtable(), [], errors);
        Assert.Empty(errors);
        return ConfigurationLoader.Load(file, tree, new RevocationSet(), Read, History).Errors;

        static object? Read(ConfigurationReader reader)
        {
            _ = reader.Section("messaging").Optional("senders");
            return new object();
        }
    }

    private static ConfigurationMigration Run(string text)
    {
        Assert.True(ConfigurationMigration.TryRun(Encoding.UTF8.GetBytes(text), History, out var migration, out var error), error);
        return migration;
    }

    private static string Text(ConfigurationMigration migration) => Encoding.UTF8.GetString(migration.Text);

    /// <summary>Without what only looks: runs of white space are one blank.</summary>
    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
