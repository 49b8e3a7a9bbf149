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

    /// <summary>Answers GetMetrics.</summary>
    Task<MetricsText> GetMetricsAsync(GetMetricsRequest request, GrpcCallContext context);

    /// <summary>Answers AnalyzeAnonymity.</summary>
    Task<GraphAnonymity> AnalyzeAnonymityAsync(AnalyzeAnonymityRequest request, GrpcCallContext context);

    /// <summary>Answers Send.</summary>
    Task<SendResponse> SendAsync(SendRequest request, GrpcCallContext context);

    /// <summary>Answers SendContent. Requests are enumerated once, and a slow reader slows the caller; the token is as Receive's.</summary>
    Task<SendResponse> SendContentAsync(IAsyncEnumerable<SendContentRequest> requests, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers ReadContent; as Receive.</summary>
    IAsyncEnumerable<ContentChunk> ReadContentAsync(ReadContentRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers Reply.</summary>
    Task<SendResponse> ReplyAsync(ReplyRequest request, GrpcCallContext context);

    /// <summary>Answers Track.</summary>
    Task<TrackResponse> TrackAsync(TrackRequest request, GrpcCallContext context);

    /// <summary>Answers Cancel.</summary>
    Task<CancelResponse> CancelAsync(CancelRequest request, GrpcCallContext context);

    /// <summary>Answers Ping; as Receive.</summary>
    IAsyncEnumerable<PingEvent> PingAsync(PingRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Answers Receive. Requests are enumerated once, beside the responses; each response is asked for when the last one is written out, so a slow reader slows the enumeration.
    /// The token is signalled when the caller is gone, its deadline has passed, or the node is stopping; a caller that leaves in order ends the requests.
    /// </summary>
    IAsyncEnumerable<ReceiveResponse> ReceiveAsync(IAsyncEnumerable<ReceiveRequest> requests, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers Peek; as Receive.</summary>
    IAsyncEnumerable<ReceivedMessage> PeekAsync(PeekRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers Checkpoint.</summary>
    Task<CheckpointResponse> CheckpointAsync(CheckpointRequest request, GrpcCallContext context);

    /// <summary>Answers GetState.</summary>
    Task<GetStateResponse> GetStateAsync(GetStateRequest request, GrpcCallContext context);

    /// <summary>Answers ListDeadLetters; as Receive.</summary>
    IAsyncEnumerable<DeadLetter> ListDeadLettersAsync(ListDeadLettersRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers GetDeadLetter.</summary>
    Task<DeadLetter> GetDeadLetterAsync(GetDeadLetterRequest request, GrpcCallContext context);

    /// <summary>Answers ReplayDeadLetters.</summary>
    Task<ReplayDeadLettersResponse> ReplayDeadLettersAsync(ReplayDeadLettersRequest request, GrpcCallContext context);

    /// <summary>Answers Backup.</summary>
    Task<BackupResponse> BackupAsync(BackupRequest request, GrpcCallContext context);

    /// <summary>Answers ListGaps; as Receive.</summary>
    IAsyncEnumerable<MessageGap> ListGapsAsync(ListGapsRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers ListPeers.</summary>
    Task<ListPeersResponse> ListPeersAsync(ListPeersRequest request, GrpcCallContext context);

    /// <summary>Answers ListContacts.</summary>
    Task<ListContactsResponse> ListContactsAsync(ListContactsRequest request, GrpcCallContext context);

    /// <summary>Answers ReloadConfiguration.</summary>
    Task<ReloadConfigurationResponse> ReloadConfigurationAsync(ReloadConfigurationRequest request, GrpcCallContext context);

    /// <summary>Answers ListMap; as Receive.</summary>
    IAsyncEnumerable<NetworkMapEntry> ListMapAsync(ListMapRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers ListSuccessions; as Receive.</summary>
    IAsyncEnumerable<SuccessionStatus> ListSuccessionsAsync(ListSuccessionsRequest request, GrpcCallContext context, CancellationToken cancellationToken);

    /// <summary>Answers AddMapEntry.</summary>
    Task<AddMapEntryResponse> AddMapEntryAsync(AddMapEntryRequest request, GrpcCallContext context);
}
