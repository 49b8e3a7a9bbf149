using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>The one request message of a call as HTTP content.</summary>
internal sealed class MessageContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _frame;

    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the message is over the limit.</exception>
    public MessageContent(IMessage message, int maxMessageBytes)
    {
        var buffer = new ArrayBufferWriter<byte>(Frame.PrefixBytes + Math.Min(message.CalculateSize(), maxMessageBytes));
        Frame.Write(buffer, message, maxMessageBytes);
        _frame = buffer.WrittenMemory;
        Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_frame, cancellationToken).AsTask();

    // gRPC requests have no content-length: a proxy could take it for a plain body.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
