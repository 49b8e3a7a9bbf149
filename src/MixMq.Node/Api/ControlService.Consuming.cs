using System.Collections.Immutable;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Storage;
using CheckpointRequest = MixMq.Contracts.Control.V1.CheckpointRequest;
using StoredLetter = MixMq.Storage.DeadLetter;

namespace MixMq.Node.Api;

/// <content>Consumers, checkpoints, cancelling and dead letters.</content>
internal sealed partial class ControlService
{
    private const int MaxReplayed = 1000;
    private const int LetterPage = 100;

    public IAsyncEnumerable<ReceiveResponse> ReceiveAsync(
        IAsyncEnumerable<ReceiveRequest> requests, GrpcCallContext context, CancellationToken cancellationToken) =>
        new ConsumerCall(node, Message).RunAsync(requests, cancellationToken);

    public async Task<CheckpointResponse> CheckpointAsync(CheckpointRequest request, GrpcCallContext context)
    {
        if (request.Id.Length is not (0 or CheckpointId.ByteCount))
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"id: a checkpoint's id has {CheckpointId.ByteCount} bytes, or none.");
        }

        CheckpointId? id = request.Id.IsEmpty ? null : CheckpointId.FromBytes(request.Id.Span);
        CheckpointOutcome outcome = await node.Endpoint.CheckpointAsync(new MixMq.Endpoint.Messaging.Consuming.CheckpointRequest
        {
            Token = 0,
            Consumer = request.Consumer,
            Session = request.Session <= long.MaxValue ? (long)request.Session : -1,
            Id = id,
            Consumed = [.. request.Consumed],
            Sends = [.. request.Sends.Select(ToSubmit)],
            Replies = [.. request.Replies.Select(ToSubmit)],
            State = request.HasState ? request.State.Memory : default(ReadOnlyMemory<byte>?),
        });
        if (outcome.Refusal != CheckpointRefusal.None)
        {
            throw new RpcException(StatusOf(outcome), outcome.Describe());
        }

        var response = new CheckpointResponse { Repeat = outcome.Repeat };
        response.Sent.AddRange(outcome.Repeat && id is { } repeated
            ? Enumerable.Range(0, request.Sends.Count).Select(index => SentBefore(repeated.MessageAt(node.KnownAs, index)))
            : outcome.Sent.Select(Sent));
        response.Replied.AddRange(outcome.Repeat
            ? request.Replies.Select(reply => SentBefore(StoredReply.IdOf(MessageId.FromBytes(reply.MessageId.Span))))
            : outcome.Replied.Select(Sent));
        return response;
    }

    public Task<GetStateResponse> GetStateAsync(GetStateRequest request, GrpcCallContext context)
    {
        if (!ConsumerName.IsValid(request.Consumer))
        {
            throw ConsumerCall.BadName();
        }

        return Task.FromResult(ConsumerCall.ReadState(node.Store, request.Consumer) is { } state
            ? new GetStateResponse
            {
                Checkpoint = ByteString.CopyFrom(state.Checkpoint.ToArray()),
                State = UnsafeByteOperations.UnsafeWrap(state.State),
                UpdatedUnixMs = state.UpdatedUnixMillis,
            }
            : new GetStateResponse());
    }

    public async Task<CancelResponse> CancelAsync(CancelRequest request, GrpcCallContext context)
    {
        if (request.MessageId.Length != MessageId.ByteCount)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"A message id has {MessageId.ByteCount} bytes.");
        }

        var id = MessageId.FromBytes(request.MessageId.Span);
        if (node.Store.Track(id) is not { } track)
        {
            return new CancelResponse { Result = CancelResult.Unknown };
        }

        if (track.Answers is not null)
        {
            // What was replied stays so: its asker may have it.
            return new CancelResponse { Result = CancelResult.Settled };
        }

        try
        {
            return new CancelResponse
            {
                Result = await node.Endpoint.CancelAsync(id, track.Recipient, track.Sequence) == CancelOutcome.Cancelled
                    ? CancelResult.Cancelled
                    : CancelResult.Settled,
            };
        }
        catch (OperationCanceledException)
        {
            throw new RpcException(GrpcStatusCode.Unavailable, "The node is stopping.");
        }
    }

    public async IAsyncEnumerable<Contracts.Control.V1.DeadLetter> ListDeadLettersAsync(
        ListDeadLettersRequest request, GrpcCallContext context, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long after = request.AfterNumber;
        long left = request.MaxLetters == 0 ? long.MaxValue : request.MaxLetters;
        while (left > 0 && node.Store.ReadDeadLetters(after, (int)Math.Min(left, LetterPage)) is { Count: > 0 } page)
        {
            foreach (StoredLetter letter in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return Letter(letter);
                after = letter.Number;
                left--;
            }

            await Task.Yield();
        }
    }

    public Task<Contracts.Control.V1.DeadLetter> GetDeadLetterAsync(GetDeadLetterRequest request, GrpcCallContext context) =>
        Task.FromResult(node.Store.ReadDeadLetter(request.Number) is { } letter
            ? Letter(letter)
            : throw new RpcException(GrpcStatusCode.NotFound, "There is no dead letter of this number, or it is damaged."));

    public async Task<ReplayDeadLettersResponse> ReplayDeadLettersAsync(ReplayDeadLettersRequest request, GrpcCallContext context)
    {
        if (request.Numbers.Count is 0 or > MaxReplayed)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"Replay takes 1 to {MaxReplayed} numbers.");
        }

        ImmutableArray<(long Number, ulong Position)> letters =
        [
            .. request.Numbers.Where(number => number > 0).Distinct()
                .SelectMany(number => node.Store.ReadDeadLetters(number - 1, 1).Where(letter => letter.Number == number))
                .Select(letter => (letter.Number, letter.Entry.Position)),
        ];
        return letters.IsEmpty || await node.Endpoint.ReplayAsync(letters)
            ? new ReplayDeadLettersResponse { Replayed = (uint)letters.Length }
            : throw new RpcException(GrpcStatusCode.Unavailable, "The node is stopping.");
    }

    private SubmitRequest ToSubmit(SendRequest send) => new()
    {
        Token = 0,
        To = names.Resolve(send.To),
        Conversation = send.Conversation,
        Label = send.Label,
        Content = send.Content.Memory,
        ExpiresAfterMillis = send.ExpiresAfterMs,
        Anonymous = send.Anonymous,
        ReplyWithinMillis = send.ReplyWithinMs,
    };

    private SendResponse SentBefore(MessageId id)
    {
        OutboxTrack? track = node.Store.Track(id);
        return Sent(id, track?.Sequence ?? 0, track?.CreatedUnixMillis ?? 0);
    }

    private static SendResponse Sent(SubmitOutcome sent) => Sent(sent.Id, sent.Sequence, sent.CreatedUnixMillis);

    private static SendResponse Sent(MessageId id, ulong sequence, long createdUnixMillis) =>
        new() { MessageId = ByteString.CopyFrom(id.ToArray()), Sequence = sequence, AcceptedUnixMs = createdUnixMillis };

    private Contracts.Control.V1.DeadLetter Letter(StoredLetter letter)
    {
        ReceivedMessage message = Message(new InboxItem(letter.Entry, Consumed: true, letter.Deliveries));
        message.Size = (ulong)letter.ContentLength;
        return new()
        {
            Number = letter.Number,
            Message = message,
            Size = (uint)letter.ContentLength,
            Cause = letter.Cause,
            Consumer = letter.Consumer,
            Deliveries = (uint)letter.Deliveries,
            DiedUnixMs = letter.DiedUnixMillis,
        };
    }

    private static GrpcStatusCode StatusOf(CheckpointOutcome outcome) => outcome.Refusal switch
    {
        CheckpointRefusal.SessionEnded or CheckpointRefusal.NotWithConsumer => GrpcStatusCode.Aborted,
        CheckpointRefusal.IdForgotten => GrpcStatusCode.FailedPrecondition,
        CheckpointRefusal.Send or CheckpointRefusal.Reply => StatusOf(outcome.Send),
        CheckpointRefusal.Busy or CheckpointRefusal.StoreFull => GrpcStatusCode.ResourceExhausted,
        CheckpointRefusal.Stopping => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.InvalidArgument,
    };
}
