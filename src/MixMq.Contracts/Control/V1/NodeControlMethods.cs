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

    /// <summary>Unary.</summary>
    public static GrpcMethod<AnalyzeAnonymityRequest, GraphAnonymity> AnalyzeAnonymity { get; } = new(ServiceName, "AnalyzeAnonymity");

    /// <summary>Unary.</summary>
    public static GrpcMethod<SendRequest, SendResponse> Send { get; } = new(ServiceName, "Send");

    /// <summary>Unary.</summary>
    public static GrpcMethod<TrackRequest, TrackResponse> Track { get; } = new(ServiceName, "Track");

    /// <summary>Server streaming.</summary>
    public static GrpcMethod<ReceiveRequest, ReceivedMessage> Receive { get; } = new(ServiceName, "Receive");

    /// <summary>Unary.</summary>
    public static GrpcMethod<ConfirmRequest, ConfirmResponse> Confirm { get; } = new(ServiceName, "Confirm");

    /// <summary>Unary.</summary>
    public static GrpcMethod<ListPeersRequest, ListPeersResponse> ListPeers { get; } = new(ServiceName, "ListPeers");

    /// <summary>Unary.</summary>
    public static GrpcMethod<ListContactsRequest, ListContactsResponse> ListContacts { get; } = new(ServiceName, "ListContacts");
}
