using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Tests;

/// <summary>A control server with the real wire and an imagined node behind it.</summary>
internal sealed class FakeNode : INodeControl, IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private WebApplication? _application;

    public string SocketPath => _folder.File("s/control.sock");

    public ConcurrentQueue<SendRequest> Sent { get; } = new();

    public ConcurrentQueue<ulong> Consumed { get; } = new();

    public ConcurrentQueue<string> Consumers { get; } = new();

    public List<DeadLetter> DeadLetters { get; } = [];

    public ConcurrentQueue<string> Backups { get; } = new();

    public List<MessageGap> Gaps { get; } = [];

    public CancelResult Cancelling { get; set; } = CancelResult.Cancelled;

    public List<ReceivedMessage> Inbox { get; } = [];

    public DeliveryState Delivery { get; set; } = DeliveryState.Acknowledged;

    /// <summary>Whether the recipient refuses it for now.</summary>
    public bool Refused { get; set; }

    /// <summary>How many bytes of content the recipient takes, where that was too little.</summary>
    public ulong ContentLimit { get; set; }

    /// <summary>What Track says of the message's expiry.</summary>
    public long ExpiresUnixMs { get; set; }

    public RpcException? Failure { get; set; }

    public NodeStatus Status { get; set; } = new();

    public NetworkTopology Topology { get; set; } = new();

    public GraphAnonymity Anonymity { get; set; } = new();

    /// <summary>Asked before a checkpoint is made: what had been written by then.</summary>
    public Action<ulong> BeforeCheckpoint { get; set; } = _ => { };

    public static async Task<FakeNode> StartAsync()
    {
        var node = new FakeNode();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ListenOnControlSocket(node.SocketPath);
        node._application = builder.Build();
        node._application.MapGrpc(NodeControlDefinition.Create(node));
        await node._application.StartAsync();
        return node;
    }

    public Task<CliResult> RunAsync(params string[] args) => CliResult.RunAsync(_folder.Path, [.. args, "--socket", SocketPath]);

    public Task<NodeStatus> GetStatusAsync(GetStatusRequest request, GrpcCallContext context) => Answer(Status);

    public Task<NetworkTopology> GetTopologyAsync(GetTopologyRequest request, GrpcCallContext context) => Answer(Topology);

    public Task<MetricsText> GetMetricsAsync(GetMetricsRequest request, GrpcCallContext context) => Task.FromResult(new MetricsText { Text = "mixmq_links{state=\"up\"} 1\n" });

    public Task<GraphAnonymity> AnalyzeAnonymityAsync(AnalyzeAnonymityRequest request, GrpcCallContext context) => Answer(Anonymity);

    public Task<SendResponse> SendAsync(SendRequest request, GrpcCallContext context)
    {
        Sent.Enqueue(request);
        return Answer(new SendResponse { MessageId = ByteString.CopyFrom(new byte[16]), Sequence = 7, AcceptedUnixMs = 1_700_000_000_000 });
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

    public Task<TrackResponse> TrackAsync(TrackRequest request, GrpcCallContext context) =>
        Answer(new TrackResponse { State = Delivery, AcknowledgedUnixMs = 1_700_000_000_500, To = "mix1", Refused = Refused, ContentLimit = ContentLimit, ExpiresUnixMs = ExpiresUnixMs, Reply = ReplyTo, Answers = Answered });

    /// <summary>What is said of the reply to a message.</summary>
    public ReplyState ReplyTo { get; set; }

    /// <summary>The message that a tracked one answers.</summary>
    public ByteString Answered { get; set; } = ByteString.Empty;

    /// <summary>Replies that were given.</summary>
    public List<ReplyRequest> Replies { get; } = [];

    public Task<SendResponse> ReplyAsync(ReplyRequest request, GrpcCallContext context)
    {
        Replies.Add(request);
        return Answer(new SendResponse { MessageId = ByteString.CopyFrom(new byte[16]), AcceptedUnixMs = 1_700_000_000_000 });
    }

    public async IAsyncEnumerable<ReceivedMessage> PeekAsync(
        PeekRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var given = 0;
        foreach (var message in Inbox.ToList())
        {
            await Task.Yield();
            yield return message;
            if (++given == request.MaxMessages)
                yield break;
        }
    }

    /// <summary>Gives what isn't consumed as far as the credit of opening goes, says that there is nothing more, and waits until the caller leaves.</summary>
    public async IAsyncEnumerable<ReceiveResponse> ReceiveAsync(
        IAsyncEnumerable<ReceiveRequest> requests, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var input = requests.GetAsyncEnumerator(cancellationToken);
        await input.MoveNextAsync();
        Consumers.Enqueue(input.Current.Open.Consumer);
        yield return new ReceiveResponse { Opened = new ConsumerOpened { Session = 5 } };
        foreach (var message in Inbox.Where(message => !Consumed.Contains(message.Position)).Take((int)input.Current.Open.Credit).ToList())
            yield return new ReceiveResponse { Message = message };
        yield return new ReceiveResponse { CaughtUp = new CaughtUp() };
        while (await input.MoveNextAsync())
        {
        }
    }

    public Task<CheckpointResponse> CheckpointAsync(CheckpointRequest request, GrpcCallContext context)
    {
        foreach (var position in request.Consumed)
        {
            BeforeCheckpoint(position);
            Consumed.Enqueue(position);
        }

        return Answer(new CheckpointResponse());
    }

    public Task<CancelResponse> CancelAsync(CancelRequest request, GrpcCallContext context) => Answer(new CancelResponse { Result = Cancelling });

    public Task<GetStateResponse> GetStateAsync(GetStateRequest request, GrpcCallContext context) => Answer(new GetStateResponse());

    public async IAsyncEnumerable<DeadLetter> ListDeadLettersAsync(
        ListDeadLettersRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var letter in DeadLetters.Where(letter => letter.Number > request.AfterNumber).ToList())
        {
            await Task.Yield();
            var listed = letter.Clone();
            listed.Message.Content = ByteString.Empty;
            yield return listed;
        }
    }

    public Task<DeadLetter> GetDeadLetterAsync(GetDeadLetterRequest request, GrpcCallContext context) =>
        DeadLetters.Find(letter => letter.Number == request.Number) is { } found
            ? Answer(found)
            : throw new RpcException(GrpcStatusCode.NotFound, "There is no dead letter of this number, or it is damaged.");

    public Task<ReplayDeadLettersResponse> ReplayDeadLettersAsync(ReplayDeadLettersRequest request, GrpcCallContext context) =>
        Answer(new ReplayDeadLettersResponse { Replayed = (uint)DeadLetters.RemoveAll(letter => request.Numbers.Contains(letter.Number)) });

    public Task<BackupResponse> BackupAsync(BackupRequest request, GrpcCallContext context)
    {
        Backups.Enqueue(request.Path);
        return Answer(new BackupResponse { Size = 4096 });
    }

    public async IAsyncEnumerable<MessageGap> ListGapsAsync(ListGapsRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var gap in Gaps.Where(gap => gap.Number > request.AfterNumber))
            yield return gap;
    }

    public Task<ListPeersResponse> ListPeersAsync(ListPeersRequest request, GrpcCallContext context) => Answer(new ListPeersResponse());

    /// <summary>What a reload answers.</summary>
    public ReloadConfigurationResponse Reloaded { get; set; } = new();

    public Task<ReloadConfigurationResponse> ReloadConfigurationAsync(ReloadConfigurationRequest request, GrpcCallContext context) => Answer(Reloaded);

    /// <summary>What the map holds.</summary>
    public List<NetworkMapEntry> Map { get; } = [];

    public async IAsyncEnumerable<NetworkMapEntry> ListMapAsync(ListMapRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var entry in Map)
            yield return entry;
    }

    /// <summary>Successor statements that it holds.</summary>
    public List<SuccessionStatus> Successions { get; } = [];

    /// <summary>How pings end, one after another; the last goes on.</summary>
    public Queue<PingEvent> Pings { get; } = new();

    /// <summary>What was asked.</summary>
    public ConcurrentQueue<PingRequest> Pinged { get; } = new();

    public async IAsyncEnumerable<PingEvent> PingAsync(PingRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Pinged.Enqueue(request);
        var end = await Answer(Pings.Count > 1 ? Pings.Dequeue() : Pings.Peek());
        if (end.State != PingState.NoPath)
            yield return new PingEvent { State = PingState.Sent, Address = end.Address, Relays = end.Relays };
        yield return end;
    }

    public async IAsyncEnumerable<SuccessionStatus> ListSuccessionsAsync(ListSuccessionsRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var succession in Successions)
            yield return succession;
    }

    public Task<AddMapEntryResponse> AddMapEntryAsync(AddMapEntryRequest request, GrpcCallContext context)
    {
        var known = Map.Exists(entry => entry.Statement.Equals(request.Statement));
        if (!known)
            Map.Add(new NetworkMapEntry { Statement = request.Statement });
        return Answer(new AddMapEntryResponse { Known = known });
    }

    public Task<ListContactsResponse> ListContactsAsync(ListContactsRequest request, GrpcCallContext context) => Answer(new ListContactsResponse());

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();
        _folder.Dispose();
    }

    private Task<T> Answer<T>(T value) => Failure is null ? Task.FromResult(value) : Task.FromException<T>(Failure);
}
