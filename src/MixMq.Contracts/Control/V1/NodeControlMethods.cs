using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Control.V1;

/// <summary>The methods of the service <c>mixmq.control.v1.NodeControl</c>; what each does is written in Protos/control.proto.</summary>
public static class NodeControlMethods
{
    /// <summary>The service's full name.</summary>
    public const string ServiceName = "mixmq.control.v1.NodeControl";

    /// <summary>Unary.</summary>
    public static GrpcMethod<GetStatusRequest, NodeStatus> GetStatus { get; } = new(ServiceName, "GetStatus");

    /// <summary>Unary.</summary>
    public static GrpcMethod<GetTopologyRequest, NetworkTopology> GetTopology { get; } = new(ServiceName, "GetTopology");

    /// <summary>GetMetrics.</summary>
    public static GrpcMethod<GetMetricsRequest, MetricsText> GetMetrics { get; } = new(ServiceName, "GetMetrics");

    /// <summary>Unary.</summary>
    public static GrpcMethod<AnalyzeAnonymityRequest, GraphAnonymity> AnalyzeAnonymity { get; } = new(ServiceName, "AnalyzeAnonymity");

    /// <summary>Unary.</summary>
    public static GrpcMethod<SendRequest, SendResponse> Send { get; } = new(ServiceName, "Send");

    /// <summary>Client streaming.</summary>
    public static GrpcMethod<SendContentRequest, SendResponse> SendContent { get; } = new(ServiceName, "SendContent");

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<ReadContentRequest, ContentChunk> ReadContent { get; } = new(ServiceName, "ReadContent");

    /// <summary>Unary.</summary>
    public static GrpcMethod<ReplyRequest, SendResponse> Reply { get; } = new(ServiceName, "Reply");

    /// <summary>Unary.</summary>
    public static GrpcMethod<TrackRequest, TrackResponse> Track { get; } = new(ServiceName, "Track");

    /// <summary>Unary.</summary>
    public static GrpcMethod<CancelRequest, CancelResponse> Cancel { get; } = new(ServiceName, "Cancel");

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<PingRequest, PingEvent> Ping { get; } = new(ServiceName, "Ping");

    /// <summary>Two streams.</summary>
    public static GrpcMethod<ReceiveRequest, ReceiveResponse> Receive { get; } = new(ServiceName, "Receive");

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<PeekRequest, ReceivedMessage> Peek { get; } = new(ServiceName, "Peek");

    /// <summary>Unary.</summary>
    public static GrpcMethod<CheckpointRequest, CheckpointResponse> Checkpoint { get; } =
        new(ServiceName, "Checkpoint", maxRequestBytes: GrpcLimits.MaxCheckpointBytes);

    /// <summary>Unary.</summary>
    public static GrpcMethod<GetStateRequest, GetStateResponse> GetState { get; } =
        new(ServiceName, "GetState", maxResponseBytes: GrpcLimits.MaxStateMessageBytes);

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<ListDeadLettersRequest, DeadLetter> ListDeadLetters { get; } = new(ServiceName, "ListDeadLetters");

    /// <summary>Unary.</summary>
    public static GrpcMethod<GetDeadLetterRequest, DeadLetter> GetDeadLetter { get; } = new(ServiceName, "GetDeadLetter");

    /// <summary>Unary.</summary>
    public static GrpcMethod<ReplayDeadLettersRequest, ReplayDeadLettersResponse> ReplayDeadLetters { get; } = new(ServiceName, "ReplayDeadLetters");

    /// <summary>Unary.</summary>
    public static GrpcMethod<BackupRequest, BackupResponse> Backup { get; } = new(ServiceName, "Backup");

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<ListGapsRequest, MessageGap> ListGaps { get; } = new(ServiceName, "ListGaps");

    /// <summary>Unary.</summary>
    public static GrpcMethod<ListPeersRequest, ListPeersResponse> ListPeers { get; } = new(ServiceName, "ListPeers");

    /// <summary>Unary.</summary>
    public static GrpcMethod<ListContactsRequest, ListContactsResponse> ListContacts { get; } = new(ServiceName, "ListContacts");

    /// <summary>ReloadConfiguration.</summary>
    public static GrpcMethod<ReloadConfigurationRequest, ReloadConfigurationResponse> ReloadConfiguration { get; } = new(ServiceName, "ReloadConfiguration");

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<ListMapRequest, NetworkMapEntry> ListMap { get; } = new(ServiceName, "ListMap");

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<ListSuccessionsRequest, SuccessionStatus> ListSuccessions { get; } = new(ServiceName, "ListSuccessions");

    /// <summary>Unary.</summary>
    public static GrpcMethod<AddMapEntryRequest, AddMapEntryResponse> AddMapEntry { get; } = new(ServiceName, "AddMapEntry");
}
