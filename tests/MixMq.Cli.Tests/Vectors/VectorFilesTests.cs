using System.Text.Json.Nodes;
using MixMq.Vectors;

namespace MixMq.Cli.Tests.Vectors;

public sealed class VectorFilesTests
{
    [Fact]
    public void The_files_are_what_the_tool_makes_byte_for_byte()
    {
        var made = VectorSet.All().ToDictionary(vector => vector.Path, vector => vector.Text, StringComparer.Ordinal);
        var files = VectorFolder.Files("packet", "surb", "request", "link", "invite", "admission", "messaging").ToArray();
        Assert.Equal(made.Keys.Order(StringComparer.Ordinal), files);
        Assert.DoesNotContain(files, file => VectorFolder.Read(file) != made[file]);
    }

    // Good ones beside it show that it is the fault that is refused.
    [Theory]
    [InlineData("packet")]
    [InlineData("surb")]
    [InlineData("link")]
    [InlineData("invite")]
    [InlineData("admission")]
    [InlineData("messaging")]
    public void Each_format_has_good_vectors_and_bad_ones(string folder)
    {
        var files = VectorFolder.Files(folder).ToArray();
        Assert.Contains(files, file => file.StartsWith($"{folder}/good/", StringComparison.Ordinal));
        Assert.InRange(files.Count(file => file.StartsWith($"{folder}/bad/", StringComparison.Ordinal)), 20, 1000);
    }

    [Fact]
    public void Every_bad_vector_names_the_rule_and_the_outcome_and_no_two_are_alike()
    {
        var bad = VectorFolder.Files("packet", "surb", "request", "link", "invite", "admission", "messaging")
            .Where(file => file.Contains("/bad/", StringComparison.Ordinal)).Select(VectorFolder.Parse).ToArray();
        Assert.All(bad, vector =>
        {
            Assert.NotEmpty(vector["rule"]!.GetValue<string>());
            Assert.Contains(new[] { "reason", "refused", "closed", "signatures_hold", "dropped" }, vector["expect"]!.AsObject().ContainsKey);
        });
        Assert.Equal(bad.Length, bad.Select(InputOf).Distinct(StringComparer.Ordinal).Count());
    }

    // With what it is an input of: nothing at all is a bad invite and a bad statement.
    private static string InputOf(JsonObject vector) => new[] { "case", "invite", "statement", "text" }.FirstOrDefault(vector.ContainsKey) is { } name
        ? $"{name} {vector[name]!.ToJsonString()}"
        : vector["steps"] is null
        ? string.Join(' ', vector.Where(item => item.Key is not ("rule" or "expect")).Select(item => $"{item.Key} {item.Value?.ToJsonString()}"))
        : new JsonArray(vector["steps"]!.DeepClone(), vector["peer"]!.DeepClone(), vector["end"]!.DeepClone()).ToJsonString();
}
