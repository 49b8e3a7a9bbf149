using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Client;

/// <summary>Contents in chunks, our client against our server.</summary>
public sealed class ContentTests : IAsyncLifetime
{
    private RunningNode _node = null!;

    public async Task InitializeAsync() => _node = await RunningNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9_000_001)]
    public async Task A_content_of_any_size_is_handed_over_in_chunks(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        var told = 0L;
        var progress = new Told(value => told = value);
        var response = await _node.Client.SendContentAsync(new SendRequest { To = "bob", Label = "ß" }, new MemoryStream(content), size == 1 ? 0 : size, progress);
        Assert.Equal((ulong)size, response.Sequence);
        Assert.Equal(size, told);
        var (open, given) = _node.Node.LastContent!.Value;
        Assert.Equal(("bob", "ß", size == 1 ? 0ul : (ulong)size), (open.Message.To, open.Message.Label, open.Size));
        Assert.Equal(content, given);
    }

    [Fact]
    public async Task A_node_that_refuses_in_between_is_heard()
    {
        // The fake takes a size of 1 for a full outbox.
        var failure = await Assert.ThrowsAsync<RpcException>(() => _node.Client.SendContentAsync(new SendRequest { To = "bob" }, new MemoryStream(new byte[20_000_000]), 1));
        Assert.Equal((GrpcStatusCode.ResourceExhausted, "The outbox is full."), (failure.StatusCode, failure.Message));
    }

    [Fact]
    public async Task A_content_is_read_from_an_offset_to_its_end()
    {
        _node.Node.LongContent = [.. Enumerable.Range(0, 4_321).Select(index => (byte)index)];
        var read = new List<byte>();
        await foreach (var chunk in _node.Client.ReadContentAsync(new ReadContentRequest { Position = 1, Offset = 321 }))
        {
            Assert.Equal((ulong)(321 + read.Count), chunk.Offset);
            read.AddRange(chunk.Data.Span);
        }

        Assert.Equal(_node.Node.LongContent[321..], read);
    }

    private sealed class Told(Action<long> tell) : IProgress<long>
    {
        public void Report(long value) => tell(value);
    }
}
