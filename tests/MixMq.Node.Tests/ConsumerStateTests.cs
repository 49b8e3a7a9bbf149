using MixMq.Contracts.Wire;
using MixMq.Endpoint.Messaging;
using MixMq.Node.Api;
using MixMq.Node.Survey;
using MixMq.Storage.Sqlite;
using MixMq.Transport.Survey;

namespace MixMq.Node.Tests;

/// <summary>What an application and an operator hear of a consumer's state that the disk has damaged.</summary>
public sealed class ConsumerStateTests : IDisposable
{
    private const string Consumer = "payments";
    private readonly string _folder = Directory.CreateTempSubdirectory("mixmq-node-").FullName;

    private string Store => Path.Combine(_folder, "messages.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_damaged_state_is_a_status_of_its_own_that_says_what_to_do_and_a_problem_of_the_doctor_s()
    {
        byte[] state = [.. Enumerable.Range(1, 200).Select(number => (byte)number)];
        using (SqliteMessageStore store = SqliteMessageStore.Open(Store))
        {
            store.Commit([Checkpoint(1, state)]);
            Assert.Equal(state, ConsumerCall.ReadState(store, Consumer)!.State.ToArray());
        }

        byte[] file = File.ReadAllBytes(Store);
        int at = file.AsSpan().IndexOf(state);
        Assert.True(at > 0);
        file[at + 100] ^= 1;
        File.WriteAllBytes(Store, file);
        using (SqliteMessageStore store = SqliteMessageStore.Open(Store))
        {
            var failure = Assert.Throws<RpcException>(() => ConsumerCall.ReadState(store, Consumer));
            Assert.Equal(GrpcStatusCode.DataLoss, failure.StatusCode);
            Assert.Contains("make a checkpoint with that state", failure.Message, StringComparison.Ordinal);
            Assert.Null(ConsumerCall.ReadState(store, "another"));
        }

        Assert.Contains(NodeSurvey.Stored(Store), finding => finding is { Level: FindingLevel.Problem, Code: "quarantine" });
        using SqliteMessageStore again = SqliteMessageStore.Open(Store);
        again.Commit([Checkpoint(2, state)]);
        Assert.Equal(state, ConsumerCall.ReadState(again, Consumer)!.State.ToArray());
    }

    private static StoreOperation.Checkpoint Checkpoint(byte number, byte[] state)
    {
        byte[] id = new byte[CheckpointId.ByteCount];
        id[0] = number;
        return new StoreOperation.Checkpoint(CheckpointId.FromBytes(id), Consumer, state, 7);
    }
}
