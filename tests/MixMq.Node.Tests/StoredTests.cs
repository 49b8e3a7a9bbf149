using MixMq.Node.Survey;
using MixMq.Storage.Sqlite;
using MixMq.Transport.Survey;

namespace MixMq.Node.Tests;

/// <summary>What a survey says of the store of a node that doesn't run.</summary>
public sealed class StoredTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mixmq-node-").FullName;

    private string Store => Path.Combine(_folder, "messages.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sound_store_is_opened_and_none_is_no_problem()
    {
        Assert.Equal((FindingLevel.Note, "none"), Only());
        SqliteMessageStore.Open(Store).Dispose();
        Assert.Equal((FindingLevel.Ok, "ok"), Only());
    }

    [Fact]
    public void Something_else_in_its_place_is_a_problem()
    {
        File.WriteAllText(Store, new string('x', 5000));
        Assert.Equal((FindingLevel.Problem, "unreadable"), Only());
    }

    [Fact]
    public void A_store_whose_log_is_not_written_back_is_not_called_damaged()
    {
        SqliteMessageStore.Open(Store).Dispose();
        File.WriteAllText(Store, "half of something");
        File.WriteAllText(Store + "-wal", "the other half");
        Assert.Equal((FindingLevel.Note, "not-looked"), Only());
    }

    private (FindingLevel Level, string Code) Only()
    {
        Finding finding = Assert.Single(NodeSurvey.Stored(Store));
        return (finding.Level, finding.Code);
    }
}
