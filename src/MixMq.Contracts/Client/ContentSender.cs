using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>One call of SendContent.</summary>
internal sealed class ContentSender(GrpcChannel channel)
{
    private const int ChunkBytes = 256 * 1024;

    public async Task<SendResponse> SendAsync(SendRequest message, Stream content, long size, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(content);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        await using var call = channel.Duplex(NodeControlMethods.SendContent, timeout: null, cancellationToken);
        try
        {
            await call.WriteAsync(new SendContentRequest { Open = new OpenContent { Message = message, Size = (ulong)size } }, cancellationToken);
            var chunk = new byte[ChunkBytes];
            var sent = 0L;
            while (await content.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var length)
            {
                await call.WriteAsync(new SendContentRequest { Chunk = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, length)) }, cancellationToken);
                progress?.Report(sent += length);
            }

            call.Complete();
        }
        catch (RpcException)
        {
            // It has ended before all was handed over: reading says why.
        }

        return await call.ReadAsync() ?? throw new RpcException(GrpcStatusCode.Internal, "The node has ended the call without an answer.");
    }
}
