using System.Runtime.CompilerServices;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;
using MixMq.Storage;
using WireGapKind = MixMq.Contracts.Control.V1.GapKind;

namespace MixMq.Node.Api;

/// <content>Backups of the store, and what was lost where one was put back.</content>
internal sealed partial class ControlService
{
    private const int GapPage = 100;

    public async Task<BackupResponse> BackupAsync(BackupRequest request, GrpcCallContext context)
    {
        if (!Path.IsPathFullyQualified(request.Path))
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "The backup's path must be absolute: the node's folder isn't the caller's.");
        }

        try
        {
            return new BackupResponse { Size = (ulong)await Task.Run(() => node.Backup(request.Path)) };
        }
        catch (MessageStoreException failure)
        {
            throw new RpcException(GrpcStatusCode.FailedPrecondition, failure.Message);
        }
    }

    public async IAsyncEnumerable<MessageGap> ListGapsAsync(
        ListGapsRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long after = Math.Max(0, request.AfterNumber);
        long left = request.MaxGaps == 0 ? long.MaxValue : request.MaxGaps;
        while (left > 0 && node.Store.ReadGaps(after, (int)Math.Min(left, GapPage)) is { Count: > 0 } page)
        {
            foreach (StoredGap stored in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new MessageGap
                {
                    Number = stored.Number,
                    Kind = stored.Gap.Kind == MixMq.Endpoint.Messaging.GapKind.Sent ? WireGapKind.Sent : WireGapKind.Received,
                    Peer = stored.Gap.Peer.ToString(),
                    PeerName = names.Of(stored.Gap.Peer),
                    Conversation = stored.Gap.Name,
                    First = stored.Gap.First,
                    Last = stored.Gap.Last,
                    NoticedUnixMs = stored.Gap.NoticedUnixMillis,
                    Folded = stored.Gap.Folded,
                };
                after = stored.Number;
                left--;
            }

            await Task.Yield();
        }
    }
}
