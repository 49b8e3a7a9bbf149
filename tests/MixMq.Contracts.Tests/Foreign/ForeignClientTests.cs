using System.Text.Json;

namespace MixMq.Contracts.Tests.Foreign;

/// <summary>Other people's gRPC clients against our server.</summary>
public sealed class ForeignClientTests : IAsyncLifetime
{
    private RunningNode _node = null!;

    public async Task InitializeAsync() => _node = await RunningNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_makes_a_unary_call()
    {
        var (code, _, response) = await JsAsync("unary");
        Assert.Equal(0, code);
        Assert.Equal(100_000, response.GetProperty("sequence").GetInt32());
        Assert.Equal(new string('0', 32), response.GetProperty("id").GetString());
        Assert.Equal(1_700_000_000_000, response.GetProperty("accepted").GetInt64());
        Assert.Equal("zoë", _node.Node.LastSend!.To);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_sends_the_largest_content()
    {
        var (code, _, response) = await JsAsync("large");
        Assert.Equal(0, code);
        Assert.Equal(4 * 1024 * 1024, response.GetProperty("sequence").GetInt32());
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_is_told_that_its_message_is_too_large()
    {
        var (code, _, _) = await JsAsync("oversize");
        Assert.Equal(8, code);
        Assert.Equal(0, _node.Node.Sends);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_reads_a_stream()
    {
        var (code, _, response) = await JsAsync("stream");
        Assert.Equal(0, code);
        Assert.Equal([100_000, 200_000, 300_000, 400_000, 500_000], response.EnumerateArray().Select(m => m.GetProperty("bytes").GetInt32()));
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_talks_both_ways_in_one_call()
    {
        var (code, _, response) = await JsAsync("duplex");
        Assert.Equal(0, code);
        Assert.Equal(["opened", "message", "message", "message", "message", "message"], response.EnumerateArray().Select(what => what.GetString()));
        Assert.True(_node.Node.LeftInOrder);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_reads_a_unicode_error()
    {
        var (code, details, _) = await JsAsync("error");
        Assert.Equal(5, code);
        Assert.Equal(FakeNode.UnicodeError, details);
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_gives_up_at_its_deadline_and_the_handler_learns_of_it()
    {
        var (code, _, _) = await JsAsync("deadline");
        Assert.Equal(4, code);
        await _node.Node.Ended;
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_cancels_a_stream_and_the_handler_learns_of_it()
    {
        var (code, _, response) = await JsAsync("cancel");
        Assert.Equal(1, code);
        Assert.Equal(2, response.GetInt32());
        await _node.Node.Ended;
    }

    [ForeignFact(ForeignTool.GrpcJs)]
    public async Task Grpc_js_is_told_that_a_method_or_its_compression_is_unimplemented()
    {
        Assert.Equal(12, (await JsAsync("missing")).Code);
        Assert.Equal(12, (await JsAsync("gzip")).Code);
    }

    [ForeignFact(ForeignTool.PythonGrpcio)]
    public async Task The_c_core_makes_a_unary_call()
    {
        var (code, _, _) = await PythonAsync("unary");
        Assert.Equal(0, code);
        Assert.Equal(200_000, _node.Node.LastSend!.Content.Length);
    }

    [ForeignFact(ForeignTool.PythonGrpcio)]
    public async Task The_c_core_reads_a_stream()
    {
        var (code, _, response) = await PythonAsync("stream");
        Assert.Equal(0, code);
        Assert.Equal(5, response.GetArrayLength());
    }

    [ForeignFact(ForeignTool.PythonGrpcio)]
    public async Task The_c_core_talks_both_ways_in_one_call()
    {
        var (code, _, response) = await PythonAsync("duplex");
        Assert.Equal(0, code);
        Assert.Equal(6, response.GetArrayLength());
        Assert.True(_node.Node.LeftInOrder);
    }

    [ForeignFact(ForeignTool.PythonGrpcio)]
    public async Task The_c_core_reads_a_unicode_error()
    {
        var (code, details, _) = await PythonAsync("error");
        Assert.Equal(5, code);
        Assert.Equal(FakeNode.UnicodeError, details);
    }

    [ForeignFact(ForeignTool.PythonGrpcio)]
    public async Task The_c_core_gives_up_at_its_deadline_and_the_handler_learns_of_it()
    {
        var (code, _, _) = await PythonAsync("deadline");
        Assert.Equal(4, code);
        await _node.Node.Ended;
    }

    [ForeignFact(ForeignTool.PythonGrpcio)]
    public async Task The_c_core_is_told_that_a_method_or_its_compression_is_unimplemented()
    {
        Assert.Equal(12, (await PythonAsync("missing")).Code);
        Assert.Equal(12, (await PythonAsync("gzip")).Code);
    }

    private Task<(int Code, string Details, JsonElement Response)> JsAsync(string scenario) =>
        ForeignProgram.RunAsync(ForeignTool.GrpcJs, "client.js", ForeignProgram.Proto, _node.SocketPath, scenario);

    private Task<(int Code, string Details, JsonElement Response)> PythonAsync(string scenario) =>
        ForeignProgram.RunAsync(ForeignTool.PythonGrpcio, "client.py", _node.SocketPath, scenario);
}
