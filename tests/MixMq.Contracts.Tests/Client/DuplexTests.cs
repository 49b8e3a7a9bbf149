using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Client;

/// <summary>Calls of two streams, our client against our server, and the larger messages of checkpoints and states.</summary>
public sealed class DuplexTests : IAsyncLifetime
{
    private RunningNode _node = null!;

    public async Task InitializeAsync() => _node = await RunningNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Requests_and_responses_go_beside_each_other_until_the_caller_leaves()
    {
        await using var stream = await _node.Client.ReceiveAsync("zoë", credit: 2);
        Assert.Equal((7ul, "zoë"), (stream.Session, stream.LastCheckpoint.ToStringUtf8()));
        Assert.Equal(1ul, (await stream.ReadAsync())!.Message.Position);
        Assert.Equal(2ul, (await stream.ReadAsync())!.Message.Position);
        for (var position = 3ul; position < 50; position++)
        {
            await stream.GrantAsync(1);
            Assert.Equal(position, (await stream.ReadAsync())!.Message.Position);
        }

        stream.Leave();
        Assert.Null(await stream.ReadAsync());
        Assert.True(_node.Node.LeftInOrder);
    }

    [Fact]
    public async Task A_status_of_the_server_ends_both_streams()
    {
        await using var stream = await _node.Client.ReceiveAsync("a", credit: 0);
        await stream.RejectAsync(1, "mitten drin ✂");
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await stream.ReadAsync());
        Assert.Equal((GrpcStatusCode.Aborted, "mitten drin ✂"), (failure.StatusCode, failure.Message));
    }

    [Fact]
    public async Task A_caller_that_breaks_off_has_not_left_in_order()
    {
        var stream = await _node.Client.ReceiveAsync("a", credit: 1);
        Assert.NotNull(await stream.ReadAsync());
        await stream.DisposeAsync();
        await _node.Node.Ended;
        Assert.False(_node.Node.LeftInOrder);
    }

    [Fact]
    public async Task A_reader_that_pauses_stops_the_writer_and_gets_everything_in_the_end()
    {
        const int Messages = 100;
        _node.Node.MessageBytes = 1 << 20;
        await using var stream = await _node.Client.ReceiveAsync("a", credit: Messages);
        for (var position = 1ul; position <= 3; position++)
            Assert.Equal(position, (await stream.ReadAsync())!.Message.Position);

        // Other calls go on meanwhile, and give the writer all the time that it wants.
        for (var calls = 0; calls < 100; calls++)
            await _node.Client.ListContactsAsync();

        // What both sides' windows and buffers hold is far less than all of it, however long one waits.
        Assert.InRange(_node.Node.Written, 0, Messages / 2);
        for (var position = 4ul; position <= Messages; position++)
            Assert.Equal(1 << 20, (await stream.ReadAsync())!.Message.Content.Length);
        await stream.LeaveAsync();
        Assert.True(_node.Node.LeftInOrder);
    }

    [Fact]
    public async Task A_stopping_node_ends_a_stream_with_unavailable()
    {
        await using var stream = await _node.Client.ReceiveAsync("a", credit: 0);
        var stop = _node.StopAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await stream.ReadAsync());
        Assert.Equal(GrpcStatusCode.Unavailable, failure.StatusCode);
        await stop;
    }

    [Fact]
    public async Task A_stream_to_a_node_that_does_not_run_says_so_to_reader_and_writer()
    {
        using var client = NodeControlClient.ForUnixSocket(_node.SocketPath + ".not");
        await Assert.ThrowsAsync<NodeNotRunningException>(() => client.ReceiveAsync("a", credit: 0));
    }

    [Fact]
    public async Task A_checkpoint_and_a_state_may_be_larger_than_messages_and_no_larger_than_their_own_limits()
    {
        var state = ByteString.CopyFrom(new byte[GrpcLimits.MaxStateBytes]);
        var request = new CheckpointRequest { Consumer = "a", State = state };
        for (var i = 0; i < 4; i++)
            request.Sends.Add(new SendRequest { To = "b", Content = ByteString.CopyFrom(new byte[GrpcLimits.MaxContentBytes]) });
        Assert.True((await _node.Client.CheckpointAsync(request)).Repeat);
        Assert.Equal(request, _node.Node.LastCheckpoint);
        Assert.Equal(GrpcLimits.MaxStateBytes, (await _node.Client.GetStateAsync("a")).State.Length);
        request.Sends.Add(new SendRequest { Content = ByteString.CopyFrom(new byte[2 << 20]) });
        var refused = await Assert.ThrowsAsync<RpcException>(() => _node.Client.CheckpointAsync(request));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, refused.StatusCode);
    }
}
