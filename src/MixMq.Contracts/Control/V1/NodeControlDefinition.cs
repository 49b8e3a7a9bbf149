using MixMq.Contracts.Server;

namespace MixMq.Contracts.Control.V1;

/// <summary>Binds an <see cref="INodeControl"/> to the wire.</summary>
public static class NodeControlDefinition
{
    /// <summary>The service with every method of the contract; give it to <c>MapGrpc</c>.</summary>
    public static GrpcServiceDefinition Create(INodeControl control)
    {
        ArgumentNullException.ThrowIfNull(control);
        return new GrpcServiceDefinition(NodeControlMethods.ServiceName)
            .Unary(NodeControlMethods.GetStatus, control.GetStatusAsync)
            .Unary(NodeControlMethods.GetTopology, control.GetTopologyAsync)
            .Unary(NodeControlMethods.AnalyzeAnonymity, control.AnalyzeAnonymityAsync)
            .Unary(NodeControlMethods.Send, control.SendAsync)
            .Unary(NodeControlMethods.Track, control.TrackAsync)
            .ServerStreaming(NodeControlMethods.Receive, control.ReceiveAsync)
            .Unary(NodeControlMethods.Confirm, control.ConfirmAsync)
            .Unary(NodeControlMethods.ListPeers, control.ListPeersAsync)
            .Unary(NodeControlMethods.ListContacts, control.ListContactsAsync);
    }
}
