using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>
/// A node's control service, called over its socket. What each call does, its ranges and its status codes are written in
/// Protos/control.proto. Safe for concurrent calls from any thread.
/// </summary>
/// <remarks>
/// Every call throws <see cref="NodeNotRunningException"/> when nothing listens, <see cref="RpcException"/> for another status than OK
/// (DEADLINE_EXCEEDED after <c>timeout</c>), and <see cref="OperationCanceledException"/> when the token is signalled.
/// </remarks>
public sealed class NodeControlClient : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>Calls over a channel, which this client then owns.</summary>
    public NodeControlClient(GrpcChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        _channel = channel;
    }

    /// <summary>Makes a client of the node whose control socket this is; nothing is connected yet.</summary>
    /// <exception cref="ArgumentException">The path is empty or over 107 bytes.</exception>
    public static NodeControlClient ForUnixSocket(string path, TimeProvider? timeProvider = null) =>
        new(GrpcChannel.ForUnixSocket(path, timeProvider));

    /// <summary>The node, its links and its counters.</summary>
    public Task<NodeStatus> GetStatusAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.GetStatus, new GetStatusRequest(), timeout, cancellationToken);

    /// <summary>The network as the node knows it.</summary>
    public Task<NetworkTopology> GetTopologyAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.GetTopology, new GetTopologyRequest(), timeout, cancellationToken);

    /// <summary>What the network as the node knows it does for the anonymity of paths.</summary>
    public Task<GraphAnonymity> AnalyzeAnonymityAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.AnalyzeAnonymity, new AnalyzeAnonymityRequest(), timeout, cancellationToken);

    /// <summary>Hands a message to the node; the answer comes when the node has it on disk.</summary>
    public Task<SendResponse> SendAsync(SendRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Send, request, timeout, cancellationToken);

    /// <summary>What has become of a message.</summary>
    public Task<TrackResponse> TrackAsync(TrackRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Track, request, timeout, cancellationToken);

    /// <summary>The unconfirmed messages of the inbox, and with <c>follow</c> those that come later.</summary>
    public IAsyncEnumerable<ReceivedMessage> ReceiveAsync(
        ReceiveRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.Receive, request, timeout, cancellationToken);

    /// <summary>Says which messages the application has.</summary>
    public Task<ConfirmResponse> ConfirmAsync(ConfirmRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Confirm, request, timeout, cancellationToken);

    /// <summary>The configured peers.</summary>
    public Task<ListPeersResponse> ListPeersAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.ListPeers, new ListPeersRequest(), timeout, cancellationToken);

    /// <summary>The configured contacts.</summary>
    public Task<ListContactsResponse> ListContactsAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.ListContacts, new ListContactsRequest(), timeout, cancellationToken);

    /// <summary>Closes the channel.</summary>
    public void Dispose() => _channel.Dispose();
}
