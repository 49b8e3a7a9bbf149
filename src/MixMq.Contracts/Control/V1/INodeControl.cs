using MixMq.Contracts.Server;

namespace MixMq.Contracts.Control.V1;

/// <summary>
/// What a node implements to be controlled. What each call means, its ranges and its status codes are written in Protos/control.proto.
/// </summary>
/// <remarks>
/// Calls come concurrently, from any thread. A handler observes <see cref="GrpcCallContext.CancellationToken"/> and ends with a
/// status other than OK by throwing <see cref="Wire.RpcException"/>; any other exception is answered with UNKNOWN, and only its type
/// and stack trace are logged.
/// </remarks>
public interface INodeControl
{
    /// <summary>Answers GetStatus.</summary>
    Task<NodeStatus> GetStatusAsync(GetStatusRequest request, GrpcCallContext context);

    /// <summary>Answers GetTopology.</summary>
    Task<NetworkTopology> GetTopologyAsync(GetTopologyRequest request, GrpcCallContext context);

    /// <summary>Answers AnalyzeAnonymity.</summary>
    Task<GraphAnonymity> AnalyzeAnonymityAsync(AnalyzeAnonymityRequest request, GrpcCallContext context);

    /// <summary>Answers Send.</summary>
    Task<SendResponse> SendAsync(SendRequest request, GrpcCallContext context);

    /// <summary>Answers Track.</summary>
    Task<TrackResponse> TrackAsync(TrackRequest request, GrpcCallContext context);

    /// <summary>
    /// Answers Receive. Each message is asked for when the last one is written out, so a slow reader slows the enumeration. The token
    /// is signalled when the caller is gone, its deadline has passed, or the node is stopping.
    /// </summary>
    IAsyncEnumerable<ReceivedMessage> ReceiveAsync(ReceiveRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers Confirm.</summary>
    Task<ConfirmResponse> ConfirmAsync(ConfirmRequest request, GrpcCallContext context);

    /// <summary>Answers ListPeers.</summary>
    Task<ListPeersResponse> ListPeersAsync(ListPeersRequest request, GrpcCallContext context);

    /// <summary>Answers ListContacts.</summary>
    Task<ListContactsResponse> ListContactsAsync(ListContactsRequest request, GrpcCallContext context);
}
