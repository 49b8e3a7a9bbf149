using System.Diagnostics;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Foreign;

/// <summary>Our client against grpc-js's server.</summary>
public sealed class ForeignServerTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private DirectoryInfo _directory = null!;
    private Process? _server;
    private NodeControlClient _client = null!;

    public async Task InitializeAsync()
    {
        _directory = Directory.CreateTempSubdirectory("mixmq-f-");
        var socket = Path.Combine(_directory.FullName, "js.sock");
        _client = NodeControlClient.ForUnixSocket(socket, _time);
        if (!ForeignProgram.IsInstalled(ForeignTool.GrpcJs))
            return;
        _server = ForeignProgram.Start(ForeignTool.GrpcJs, "server.js", ForeignProgram.Proto, socket);
        Assert.Equal("ready", await LineAsync());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        if (_server is not null)
        {
            _server.StandardInput.Close();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        _directory.Delete(recursive: true);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task A_unary_call_is_answered_at_every_size()
    {
        foreach (var size in new[] { 0, 1, 70_000, GrpcLimits.MaxContentBytes })
        {
            var response = await _client.SendAsync(new SendRequest { To = "x", Content = ByteString.CopyFrom(new byte[size]) });
            Assert.Equal((ulong)size, response.Sequence);
            Assert.Equal(16, response.MessageId.Length);
        }
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task A_stream_is_read_to_its_end()
    {
        var sizes = new List<int>();
        await foreach (var message in _client.PeekAsync(new PeekRequest()))
            sizes.Add(message.Content.Length);
        Assert.Equal([1000, 2000, 3000], sizes);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Both_streams_of_a_call_go_beside_each_other()
    {
        await using var stream = await _client.ReceiveAsync("c", credit: 0);
        Assert.Equal(9ul, stream.Session);
        for (var position = 1ul; position <= 5; position++)
        {
            await stream.GrantAsync(1);
            Assert.Equal(position, (await stream.ReadAsync())!.Message.Position);
        }

        await stream.LeaveAsync();
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Errors_keep_their_code_and_unicode_message()
    {
        var unary = await Assert.ThrowsAsync<RpcException>(() => _client.TrackAsync(new TrackRequest()));
        Assert.Equal(GrpcStatusCode.NotFound, unary.StatusCode);
        Assert.Equal("nicht gefunden: ✉ 100 % „zoë“", unary.Message);

        var received = 0;
        var stream = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var message in _client.PeekAsync(new PeekRequest { AfterPosition = 1 }))
                received++;
        });
        Assert.Equal(3, received);
        Assert.Equal(GrpcStatusCode.Aborted, stream.StatusCode);
        Assert.Equal("mid-stream ✂", stream.Message);

        var missing = await Assert.ThrowsAsync<RpcException>(() => _client.ListPeersAsync());
        Assert.Equal(GrpcStatusCode.Unimplemented, missing.StatusCode);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task A_response_over_the_limit_is_refused()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => _client.GetTopologyAsync());
        Assert.Equal(GrpcStatusCode.ResourceExhausted, failure.StatusCode);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task The_server_reads_our_deadline()
    {
        // Our clock stands still, so it is the server that ends the call, by the header grpc-timeout.
        var failure = await Assert.ThrowsAsync<RpcException>(
            () => _client.GetStatusAsync(TimeSpan.FromMilliseconds(200)).WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, failure.StatusCode);
        Assert.Equal("cancelled", await LineAsync());
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task The_server_learns_that_a_stream_was_left()
    {
        await foreach (var message in _client.PeekAsync(new PeekRequest { Follow = true }))
        {
            if (message.Position == 3)
                break;
        }

        Assert.Equal("cancelled", await LineAsync());
    }

    private Task<string?> LineAsync() => _server!.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));
}
