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

    public ConcurrentQueue<ulong> Confirmed { get; } = new();

    public List<ReceivedMessage> Inbox { get; } = [];

    public DeliveryState Delivery { get; set; } = DeliveryState.Acknowledged;

    public RpcException? Failure { get; set; }

    public NodeStatus Status { get; set; } = new();

    public NetworkTopology Topology { get; set; } = new();

    public GraphAnonymity Anonymity { get; set; } = new();

    /// <summary>Asked before a confirmation is taken: what had been written by then.</summary>
    public Action<ulong> BeforeConfirmation { get; set; } = _ => { };

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

    public Task<GraphAnonymity> AnalyzeAnonymityAsync(AnalyzeAnonymityRequest request, GrpcCallContext context) => Answer(Anonymity);

    public Task<SendResponse> SendAsync(SendRequest request, GrpcCallContext context)
    {
        Sent.Enqueue(request);
        return Answer(new SendResponse { MessageId = ByteString.CopyFrom(new byte[16]), Sequence = 7, AcceptedUnixMs = 1_700_000_000_000 });
    }

    public Task<TrackResponse> TrackAsync(TrackRequest request, GrpcCallContext context) =>
        Answer(new TrackResponse { State = Delivery, AcknowledgedUnixMs = 1_700_000_000_500, To = "mix1" });

    public async IAsyncEnumerable<ReceivedMessage> ReceiveAsync(
        ReceiveRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var given = 0;
        foreach (var message in Inbox.Where(message => !Confirmed.Contains(message.Position)).ToList())
        {
            await Task.Yield();
            yield return message;
            if (++given == request.MaxMessages)
                yield break;
        }
    }

    public Task<ConfirmResponse> ConfirmAsync(ConfirmRequest request, GrpcCallContext context)
    {
        foreach (var position in request.Positions)
        {
            BeforeConfirmation(position);
            Confirmed.Enqueue(position);
        }

        return Answer(new ConfirmResponse { Confirmed = (ulong)request.Positions.Count });
    }

    public Task<ListPeersResponse> ListPeersAsync(ListPeersRequest request, GrpcCallContext context) => Answer(new ListPeersResponse());

    public Task<ListContactsResponse> ListContactsAsync(ListContactsRequest request, GrpcCallContext context) => Answer(new ListContactsResponse());

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();
        _folder.Dispose();
    }

    private Task<T> Answer<T>(T value) => Failure is null ? Task.FromResult(value) : Task.FromException<T>(Failure);
}
