using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Tests.Setup;

public sealed class JsonListEditorTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("{ }")]
    [InlineData("""{"a": 1}""")]
    [InlineData("""{"a": 1,}""")]
    [InlineData("""{"list": []}""")]
    [InlineData("""{"List": [ /* none */ ], "a": {"list": [9]}}""")]
    [InlineData("""{"list": [1]}""")]
    [InlineData("""{"list": [1, ]}""")]
    [InlineData("""{"list": [[1], {"x": ["]"]}, "a,b" /* , */ , ], "a": 1}""")]
    public void What_is_added_comes_last_and_is_gone_again_after_removal(string text)
    {
        var before = new JsonListEditor(Encoding.UTF8.GetBytes(text), "list").Elements.Select(element => element.GetRawText()).ToList();
        var added = new JsonListEditor(new JsonListEditor(Encoding.UTF8.GetBytes(text), "list").Add("{\n  \"new\": true\n}"), "list");
        Assert.Equal(before.Count + 1, added.Elements.Count);
        Assert.True(added.Elements[^1].GetProperty("new").GetBoolean());
        var removed = new JsonListEditor(added.RemoveAt(before.Count), "list");
        Assert.Equal(before, removed.Elements.Select(element => element.GetRawText()));
    }

    [Fact]
    public void Removing_any_element_leaves_the_others_and_a_valid_file()
    {
        Prop.ForAll(Gen.Choose(1, 6).SelectMany(count => Gen.Choose(0, count - 1).Select(at => (count, at))).ToArbitrary(), input =>
        {
            var elements = Enumerable.Range(0, input.count).Select(i => $"{{\"n\": {i}}}").ToList();
            var text = "{\n // comment\n \"list\": [" + string.Join(", // next\n", elements) + "]}";
            var left = new JsonListEditor(new JsonListEditor(Encoding.UTF8.GetBytes(text), "list").RemoveAt(input.at), "list").Elements;
            elements.RemoveAt(input.at);
            return left.Select(element => element.GetRawText()).SequenceEqual(elements);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"list": {}}""")]
    [InlineData("""{"list": "x"}""")]
    public void What_is_no_object_with_a_list_is_refused(string text) =>
        Assert.ThrowsAny<JsonException>(() => new JsonListEditor(Encoding.UTF8.GetBytes(text), "list"));
}
