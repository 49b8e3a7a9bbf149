using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>The request messages of a call as HTTP content that goes on until it is completed. One writer at a time.</summary>
internal sealed class MessageStreamContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _maxMessageBytes;

    public MessageStreamContent(int maxMessageBytes)
    {
        _maxMessageBytes = maxMessageBytes;
        Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);
    }

    /// <summary>Sends a message; completes when the connection has taken it.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the message is over the limit; nothing was sent.</exception>
    public async Task WriteAsync(IMessage message, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(Frame.PrefixBytes + Math.Min(message.CalculateSize(), _maxMessageBytes));
        Frame.Write(buffer, message, _maxMessageBytes);
        var stream = await _stream.Task.WaitAsync(cancellationToken);
        await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the stream of requests; the responses go on.</summary>
    public void Complete() => _completed.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The server sees the call before the first message.
        await stream.FlushAsync(cancellationToken);
        _stream.TrySetResult(stream);
        await _completed.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
