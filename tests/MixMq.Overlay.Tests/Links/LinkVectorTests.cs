using System.Text.Json.Nodes;
using MixMq.Overlay.Links;

namespace MixMq.Overlay.Tests.Links;

/// <summary>The vectors of spec/vectors/link: handshakes and cells, from either end.</summary>
public sealed class LinkVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors", "link");

    private static IEnumerable<string> Paths =>
        Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal);

    public static TheoryData<string> Files => new(Paths);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_link_vector_has_its_outcome(string file)
    {
        var vector = Read(file);
        var run = new LinkVectorRun(vector);
        run.Play();
        var expect = vector["expect"]!;
        if (expect["refused"] is { } reason)
        {
            Assert.Equal([$"{reason} 1"], run.Refusals);
            Assert.Equal([LinkCloseReason.Refused], run.Closed);
        }
        else if (expect["closed"] is { } closed)
        {
            Assert.Equal(closed.GetValue<string>(), Assert.Single(run.Closed).ToString());
            Assert.Empty(run.Refusals);
        }
        else
        {
            // Up to a goodbye the end speaks; after one it has nothing to say.
            Assert.Empty(run.Closed);
            Assert.Empty(run.Refusals);
            Assert.Equal(expect["goodbye"] is null ? 1 : 0, run.Hellos);
        }
    }

    [Fact]
    public void Every_refusal_that_a_peer_can_cause_by_what_it_sends_has_a_vector()
    {
        var named = Paths.Select(file => Read(file)["expect"]!["refused"]?.GetValue<string>()).OfType<string>().ToHashSet();
        LinkRefusalReason[] ofTimeAndNumber =
            [LinkRefusalReason.HandshakeTimeout, LinkRefusalReason.ClosedByPeer, LinkRefusalReason.NeverAnswered, LinkRefusalReason.TooManyHandshakes,
                LinkRefusalReason.NotAdmitted];
        Assert.Equal(
            ofTimeAndNumber.Select(reason => reason.ToString()).Order(StringComparer.Ordinal),
            Enum.GetNames<LinkRefusalReason>().Except(named).Order(StringComparer.Ordinal));
    }

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!.AsObject();
}
