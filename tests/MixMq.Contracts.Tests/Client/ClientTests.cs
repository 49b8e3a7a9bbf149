using System.Net.Sockets;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Client;

/// <summary>Our client against our server.</summary>
public sealed class ClientTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private RunningNode _node = null!;

    public async Task InitializeAsync() => _node = await RunningNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(GrpcLimits.MaxContentBytes)]
    public async Task A_message_of_any_size_arrives_whole(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        var request = new SendRequest { To = "zoë", Conversation = "c", Label = "l", Content = ByteString.CopyFrom(content), ExpiresAfterMs = 5 };
        var response = await _node.Client.SendAsync(request);
        Assert.Equal((ulong)size, response.Sequence);
        Assert.Equal(request, _node.Node.LastSend);
    }

    [Fact]
    public async Task Many_calls_at_once_are_all_answered()
    {
        var calls = Enumerable.Range(0, 300).Select(i => _node.Client.SendAsync(new SendRequest { Content = ByteString.CopyFrom(new byte[i]) }));
        var responses = await Task.WhenAll(calls);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (ulong)i), responses.Select(response => response.Sequence));
    }

    [Fact]
    public async Task A_stream_arrives_in_order_and_ends()
    {
        var positions = new List<(ulong, int)>();
        await foreach (var message in _node.Client.PeekAsync(new PeekRequest { MaxMessages = 30 }))
            positions.Add((message.Position, message.Content.Length));
        Assert.Equal(Enumerable.Range(1, 30).Select(i => ((ulong)i, i * 100_000)), positions);
    }

    [Fact]
    public async Task An_error_keeps_its_code_and_unicode_message()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => _node.Client.TrackAsync(new TrackRequest()));
        Assert.Equal(GrpcStatusCode.NotFound, failure.StatusCode);
        Assert.Equal(FakeNode.UnicodeError, failure.Message);
    }

    [Fact]
    public async Task An_error_within_a_stream_comes_after_what_was_sent()
    {
        var received = 0;
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var message in _node.Client.PeekAsync(new PeekRequest { AfterPosition = 99, MaxMessages = 4 }))
                received++;
        });
        Assert.Equal(4, received);
        Assert.Equal(GrpcStatusCode.Aborted, failure.StatusCode);
        Assert.Equal("mitten drin ✂", failure.Message);
    }

    [Fact]
    public async Task A_request_over_the_limit_is_not_sent_and_a_response_over_it_is_an_error()
    {
        var request = new SendRequest { Content = ByteString.CopyFrom(new byte[GrpcLimits.MaxMessageBytes]) };
        var unsent = await Assert.ThrowsAsync<RpcException>(() => _node.Client.SendAsync(request));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, unsent.StatusCode);
        Assert.Equal(0, _node.Node.Sends);
        var unanswered = await Assert.ThrowsAsync<RpcException>(() => _node.Client.GetTopologyAsync());
        Assert.Equal(GrpcStatusCode.ResourceExhausted, unanswered.StatusCode);
    }

    [Fact]
    public async Task The_clients_deadline_ends_the_call_on_both_sides()
    {
        using var client = NodeControlClient.ForUnixSocket(_node.SocketPath, _time);
        var call = client.GetStatusAsync(TimeSpan.FromHours(1));
        await _node.Node.Hanging;
        _time.Advance(TimeSpan.FromHours(1));
        var failure = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, failure.StatusCode);
        await _node.Node.Ended;
    }

    [Fact]
    public async Task A_deadline_that_has_passed_ends_the_call_at_once()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => _node.Client.GetStatusAsync(TimeSpan.FromSeconds(-1)));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task Cancelling_a_call_tells_the_server()
    {
        using var cancellation = new CancellationTokenSource();
        var call = _node.Client.GetStatusAsync(cancellationToken: cancellation.Token);
        await _node.Node.Hanging;
        await cancellation.CancelAsync();
        var failure = await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        Assert.Equal(cancellation.Token, failure.CancellationToken);
        await _node.Node.Ended;
    }

    [Fact]
    public async Task Leaving_a_stream_tells_the_server()
    {
        await foreach (var message in _node.Client.PeekAsync(new PeekRequest { Follow = true, MaxMessages = 2 }))
        {
            if (message.Position == 2)
            {
                await _node.Node.Hanging;
                break;
            }
        }

        await _node.Node.Ended;
    }

    [Fact]
    public async Task A_stopping_node_ends_streams_with_unavailable()
    {
        var stream = _node.Client.PeekAsync(new PeekRequest { Follow = true, MaxMessages = 1 }).GetAsyncEnumerator();
        Assert.True(await stream.MoveNextAsync());
        await _node.Node.Hanging;
        var stop = _node.StopAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await stream.MoveNextAsync());
        Assert.Equal(GrpcStatusCode.Unavailable, failure.StatusCode);
        await stream.DisposeAsync();
        await stop;
    }

    [Fact]
    public async Task A_missing_socket_says_how_to_start_the_node()
    {
        var path = _node.SocketPath + ".not";
        using var client = NodeControlClient.ForUnixSocket(path);
        var failure = await Assert.ThrowsAsync<NodeNotRunningException>(() => client.ListPeersAsync());
        Assert.Equal(GrpcStatusCode.Unavailable, failure.StatusCode);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("mixmq node run --config", failure.Message, StringComparison.Ordinal);
        using var nowhere = NodeControlClient.ForUnixSocket("/no/such/folder/x.sock");
        await Assert.ThrowsAsync<NodeNotRunningException>(() => nowhere.ListPeersAsync());
    }

    [Fact]
    public async Task A_stream_to_a_node_that_is_not_there_says_so_whichever_of_writing_and_connecting_is_first()
    {
        using var nowhere = NodeControlClient.ForUnixSocket("/no/such/folder/x.sock");
        for (var attempt = 0; attempt < 50; attempt++)
            await Assert.ThrowsAsync<NodeNotRunningException>(() => nowhere.ReceiveAsync("consumer", credit: 1));
    }

    [Fact]
    public async Task A_socket_that_no_one_listens_on_says_so_and_the_next_call_tries_again()
    {
        using var client = NodeControlClient.ForUnixSocket(_node.SocketPath + "2");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(_node.SocketPath + "2"));
            await Assert.ThrowsAsync<NodeNotRunningException>(() => client.ListPeersAsync());
        }

        await using var started = await RunningNode.StartAsync(socketPath: _node.SocketPath + "2");
        await client.ListPeersAsync();
    }

    [Fact]
    public async Task A_server_that_hangs_up_is_unavailable()
    {
        var path = _node.SocketPath + "3";
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        using var client = NodeControlClient.ForUnixSocket(path);
        var call = client.ListPeersAsync();
        using (await listener.AcceptAsync())
        {
        }

        var failure = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(GrpcStatusCode.Unavailable, failure.StatusCode);
    }

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused() =>
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForUnixSocket("/tmp/" + new string('x', 200)));
}
