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

    /// <summary>A call that never ends by itself has begun.</summary>
    public Task Hanging => _hanging.Task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>A call that never ends by itself has ended, or a stream has, however it came about.</summary>
    public Task Ended => _ended.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public int Sends => _sends;

    public SendRequest? LastSend { get; private set; }

    public DateTimeOffset? LastDeadline { get; private set; }

    public async Task<NodeStatus> GetStatusAsync(GetStatusRequest request, GrpcCallContext context)
    {
        LastDeadline = context.Deadline;
        await HangAsync(context.CancellationToken);
        return new NodeStatus();
    }

    public Task<NetworkTopology> GetTopologyAsync(GetTopologyRequest request, GrpcCallContext context) =>
        Task.FromResult(new NetworkTopology { Nodes = { new NetworkNode { Name = new string('x', GrpcLimits.MaxMessageBytes) } } });

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

    public Task<TrackResponse> TrackAsync(TrackRequest request, GrpcCallContext context) =>
        throw new RpcException(GrpcStatusCode.NotFound, UnicodeError);

    /// <summary>As many as asked for, the n-th with n × 100,000 bytes; then, following, it waits. After position 99 it fails in between.</summary>
    public async IAsyncEnumerable<ReceivedMessage> ReceiveAsync(
        ReceiveRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
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

    public Task<ConfirmResponse> ConfirmAsync(ConfirmRequest request, GrpcCallContext context) =>
        throw new InvalidOperationException("secret detail");

    public Task<ListPeersResponse> ListPeersAsync(ListPeersRequest request, GrpcCallContext context) =>
        Task.FromResult(new ListPeersResponse());

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
