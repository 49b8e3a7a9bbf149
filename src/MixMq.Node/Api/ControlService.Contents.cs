using System.Runtime.CompilerServices;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;
using MixMq.Endpoint.Messaging;
using MixMq.Storage;
using StoredLetter = MixMq.Storage.DeadLetter;

namespace MixMq.Node.Api;

/// <content>Contents that don't fit into one message of the wire.</content>
internal sealed partial class ControlService
{
    private const int ChunkBytes = 256 * 1024;
    private readonly UploadLimit _uploads = new(configuration.Endpoint(default).MaxOutboxBytes);

    public async Task<SendResponse> SendContentAsync(IAsyncEnumerable<SendContentRequest> requests, GrpcCallContext context, CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<SendContentRequest> input = requests.GetAsyncEnumerator(cancellationToken);
        using var call = new SendContentCall(node, _uploads, configuration.Endpoint(default).MaxContentBytes);
        return Answer(await call.RunAsync(input, ToSubmit, cancellationToken));
    }

    public async IAsyncEnumerable<ContentChunk> ReadContentAsync(
        ReadContentRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        InboxEntry entry = EntryOf(request);
        long size = entry.PartedContentBytes + entry.Content.Length;
        if (request.Offset > (ulong)size)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"offset: the content has {size} bytes.");
        }

        long offset = (long)request.Offset;
        long end = request.MaxBytes == 0 || request.MaxBytes > (ulong)(size - offset) ? size : offset + (long)request.MaxBytes;
        while (offset < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = (int)Math.Min(ChunkBytes, end - offset);
            ReadOnlyMemory<byte> data = entry.PartedContentBytes == 0 ? entry.Content.Slice((int)offset, length) : ReadPart(request, offset, length) ?? throw NoContent();
            yield return new ContentChunk { Offset = (ulong)offset, Data = UnsafeByteOperations.UnsafeWrap(data) };
            offset += length;
            await Task.Yield();
        }
    }

    internal static RpcException Refusal(in SubmitOutcome outcome) => new(StatusOf(outcome.Refusal), outcome.Describe());

    private static RpcException NoContent() => new(GrpcStatusCode.NotFound, "There is no such message with a content, or it was consumed, or is damaged.");

    private static SendResponse Answer(in SubmitOutcome outcome) => outcome.Accepted ? Sent(outcome.Id, outcome.Sequence, outcome.CreatedUnixMillis) : throw Refusal(outcome);

    private InboxEntry EntryOf(ReadContentRequest request)
    {
        if (request.WhereCase == ReadContentRequest.WhereOneofCase.Position)
        {
            IReadOnlyList<InboxItem> found = request.Position == 0 ? [] : node.Store.ReadInbox(request.Position - 1, 1, 0);
            return found is [{ Entry: { Tombstone: false } entry, Damaged: false }] && entry.Position == request.Position ? entry : throw NoContent();
        }

        return request.WhereCase == ReadContentRequest.WhereOneofCase.DeadLetter
            ? node.Store.ReadDeadLetter(request.DeadLetter) is StoredLetter letter ? letter.Entry : throw NoContent()
            : throw new RpcException(GrpcStatusCode.InvalidArgument, "where: a position or a dead letter's number.");
    }

    private ReadOnlyMemory<byte>? ReadPart(ReadContentRequest request, long offset, int length) => request.WhereCase == ReadContentRequest.WhereOneofCase.Position
        ? node.Store.ReadInboxPart(request.Position, offset, length)
        : node.Store.ReadDeadLetterPart(request.DeadLetter, offset, length);
}
