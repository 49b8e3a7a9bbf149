using System.Runtime.CompilerServices;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests;

/// <summary>A node that answers what it is asked in ways a test can tell apart.</summary>
internal sealed class FakeNode : INodeControl
{
    public const string UnicodeError = "nicht gefunden: ✉ 100 % „zoë“\r\n";

    private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sends;
    private int _requests;
    private int _written;

    /// <summary>A call that never ends by itself has begun.</summary>
    public Task Hanging => _hanging.Task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>A call that never ends by itself has ended, or a stream has, however it came about.</summary>
    public Task Ended => _ended.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public int Sends => _sends;

    public SendRequest? LastSend { get; private set; }

    public CheckpointRequest? LastCheckpoint { get; private set; }

    /// <summary>Bytes of each message that Receive gives.</summary>
    public int MessageBytes { get; set; } = 10;

    /// <summary>Requests that Receive has read.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Messages that Receive has given and that were written out.</summary>
    public int Written => Volatile.Read(ref _written);

    /// <summary>The caller of Receive ended its requests, and all were read.</summary>
    public bool LeftInOrder { get; private set; }

    public DateTimeOffset? LastDeadline { get; private set; }

    public async Task<NodeStatus> GetStatusAsync(GetStatusRequest request, GrpcCallContext context)
    {
        LastDeadline = context.Deadline;
        await HangAsync(context.CancellationToken);
        return new NodeStatus();
    }

    public Task<NetworkTopology> GetTopologyAsync(GetTopologyRequest request, GrpcCallContext context) =>
        Task.FromResult(new NetworkTopology { Nodes = { new NetworkNode { Name = new string('x', GrpcLimits.MaxMessageBytes) } } });

    public Task<MetricsText> GetMetricsAsync(GetMetricsRequest request, GrpcCallContext context) => Task.FromResult(new MetricsText { Text = "mixmq_links{state=\"up\"} 1\n" });

    public Task<GraphAnonymity> AnalyzeAnonymityAsync(AnalyzeAnonymityRequest request, GrpcCallContext context) => Task.FromResult(new GraphAnonymity());

    public Task<SendResponse> SendAsync(SendRequest request, GrpcCallContext context)
    {
        Interlocked.Increment(ref _sends);
        LastSend = request;
        return Task.FromResult(new SendResponse
        {
            MessageId = ByteString.CopyFrom(new byte[16]),
            Sequence = (ulong)request.Content.Length,
            AcceptedUnixMs = 1_700_000_000_000,
        });
    }

    /// <summary>What SendContent was given, by its opening and its chunks.</summary>
    public (OpenContent Open, byte[] Content)? LastContent { get; private set; }

    /// <summary>What ReadContent gives.</summary>
    public byte[] LongContent { get; set; } = [];

    public async Task<SendResponse> SendContentAsync(IAsyncEnumerable<SendContentRequest> requests, GrpcCallContext context, CancellationToken cancellationToken)
    {
        OpenContent? open = null;
        var content = new List<byte>();
        await foreach (var request in requests.WithCancellation(cancellationToken))
        {
            open ??= request.Open;
            content.AddRange(request.Chunk.Span);
            if (open.Size == 1)
                throw new RpcException(GrpcStatusCode.ResourceExhausted, "The outbox is full.");
        }

        LastContent = (open!, content.ToArray());
        return new SendResponse { MessageId = ByteString.CopyFrom(new byte[16]), Sequence = (ulong)content.Count, AcceptedUnixMs = 1_700_000_000_000 };
    }

    public async IAsyncEnumerable<ContentChunk> ReadContentAsync(
        ReadContentRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var offset = (int)request.Offset; offset < LongContent.Length; offset += 1_000)
        {
            await Task.Yield();
            yield return new ContentChunk { Offset = (ulong)offset, Data = ByteString.CopyFrom(LongContent.AsSpan(offset, Math.Min(1_000, LongContent.Length - offset))) };
        }
    }

    public Task<SendResponse> ReplyAsync(ReplyRequest request, GrpcCallContext context) => throw new RpcException(GrpcStatusCode.NotFound, UnicodeError);

    public Task<TrackResponse> TrackAsync(TrackRequest request, GrpcCallContext context) =>
        throw new RpcException(GrpcStatusCode.NotFound, UnicodeError);

    /// <summary>As many as asked for, the n-th with n × 100,000 bytes; then, following, it waits. After position 99 it fails in between.</summary>
    public async IAsyncEnumerable<ReceivedMessage> PeekAsync(
        PeekRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            var count = request.MaxMessages == 0 ? 3 : request.MaxMessages;
            for (var i = 1u; i <= count; i++)
            {
                yield return new ReceivedMessage { Position = i, Label = $"l{i}", Content = ByteString.CopyFrom(new byte[i * 100_000]) };
                await Task.Yield();
            }

            if (request.AfterPosition == 99)
                throw new RpcException(GrpcStatusCode.Aborted, "mitten drin ✂");
            if (request.Follow)
                await HangAsync(cancellationToken);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>
    /// Answers opening, and each credit with as many messages of <see cref="MessageBytes"/>; a reject ends the call with ABORTED and its cause; the end of requests ends it with OK.
    /// </summary>
    public async IAsyncEnumerable<ReceiveResponse> ReceiveAsync(
        IAsyncEnumerable<ReceiveRequest> requests, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            var position = 0ul;
            await foreach (var request in requests.WithCancellation(cancellationToken))
            {
                Interlocked.Increment(ref _requests);
                if (request.Reject is { } reject)
                    throw new RpcException(GrpcStatusCode.Aborted, reject.Cause);
                if (request.Open is not null)
                    yield return new ReceiveResponse { Opened = new ConsumerOpened { Session = 7, LastCheckpoint = ByteString.CopyFromUtf8(request.Open.Consumer) } };
                for (var left = request.Open?.Credit ?? request.Credit; left > 0; left--)
                {
                    yield return new ReceiveResponse
                    {
                        Message = new ReceivedMessage { Position = ++position, Content = ByteString.CopyFrom(new byte[MessageBytes]) },
                    };
                    Interlocked.Increment(ref _written);
                }
            }

            LeftInOrder = true;
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    public Task<CancelResponse> CancelAsync(CancelRequest request, GrpcCallContext context) => throw new InvalidOperationException("secret detail");

    public Task<CheckpointResponse> CheckpointAsync(CheckpointRequest request, GrpcCallContext context)
    {
        LastCheckpoint = request;
        return Task.FromResult(new CheckpointResponse { Repeat = request.HasState });
    }

    public Task<GetStateResponse> GetStateAsync(GetStateRequest request, GrpcCallContext context) =>
        Task.FromResult(new GetStateResponse { State = ByteString.CopyFrom(new byte[GrpcLimits.MaxStateBytes]) });

    public async IAsyncEnumerable<DeadLetter> ListDeadLettersAsync(
        ListDeadLettersRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new DeadLetter { Number = 1 };
    }

    public Task<DeadLetter> GetDeadLetterAsync(GetDeadLetterRequest request, GrpcCallContext context) => Task.FromResult(new DeadLetter { Number = request.Number });

    public Task<ReplayDeadLettersResponse> ReplayDeadLettersAsync(ReplayDeadLettersRequest request, GrpcCallContext context) =>
        Task.FromResult(new ReplayDeadLettersResponse { Replayed = (uint)request.Numbers.Count });

    public Task<BackupResponse> BackupAsync(BackupRequest request, GrpcCallContext context) => Task.FromResult(new BackupResponse { Size = (ulong)request.Path.Length });

    public async IAsyncEnumerable<MessageGap> ListGapsAsync(
        ListGapsRequest request, GrpcCallContext context, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new MessageGap { Number = request.AfterNumber + 1 };
    }

    public Task<ListPeersResponse> ListPeersAsync(ListPeersRequest request, GrpcCallContext context) =>
        Task.FromResult(new ListPeersResponse());

    public Task<ReloadConfigurationResponse> ReloadConfigurationAsync(ReloadConfigurationRequest request, GrpcCallContext context) =>
        Task.FromResult(new ReloadConfigurationResponse { Added = { "bank-b" } });

    public async IAsyncEnumerable<NetworkMapEntry> ListMapAsync(ListMapRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new NetworkMapEntry { Name = "CN=Bank A", Number = 7 };
    }

    public async IAsyncEnumerable<PingEvent> PingAsync(PingRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new PingEvent { State = PingState.Sent, Address = request.To, Relays = 4 };
        await Task.Yield();
        yield return new PingEvent { State = PingState.Answered, Address = request.To, Relays = 4, RoundTripUs = request.TimeoutMs };
    }

    public async IAsyncEnumerable<SuccessionStatus> ListSuccessionsAsync(ListSuccessionsRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new SuccessionStatus { OldAddress = "mix1a", Number = 7 };
    }

    public Task<AddMapEntryResponse> AddMapEntryAsync(AddMapEntryRequest request, GrpcCallContext context) =>
        Task.FromResult(new AddMapEntryResponse { Known = request.Statement.Length == 1 });

    public Task<ListContactsResponse> ListContactsAsync(ListContactsRequest request, GrpcCallContext context) =>
        Task.FromResult(new ListContactsResponse { Contacts = { new Contact { Name = "zoë", Address = "mix1" } } });

    private async Task HangAsync(CancellationToken cancellationToken)
    {
        _hanging.TrySetResult();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
