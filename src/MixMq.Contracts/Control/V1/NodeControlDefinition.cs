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
            .Unary(NodeControlMethods.GetMetrics, control.GetMetricsAsync)
            .Unary(NodeControlMethods.AnalyzeAnonymity, control.AnalyzeAnonymityAsync)
            .Unary(NodeControlMethods.Send, control.SendAsync)
            .ClientStreaming(NodeControlMethods.SendContent, control.SendContentAsync)
            .ServerStreaming(NodeControlMethods.ReadContent, control.ReadContentAsync)
            .Unary(NodeControlMethods.Reply, control.ReplyAsync)
            .Unary(NodeControlMethods.Track, control.TrackAsync)
            .Unary(NodeControlMethods.Cancel, control.CancelAsync)
            .ServerStreaming(NodeControlMethods.Ping, control.PingAsync)
            .Duplex(NodeControlMethods.Receive, control.ReceiveAsync)
            .ServerStreaming(NodeControlMethods.Peek, control.PeekAsync)
            .Unary(NodeControlMethods.Checkpoint, control.CheckpointAsync)
            .Unary(NodeControlMethods.GetState, control.GetStateAsync)
            .ServerStreaming(NodeControlMethods.ListDeadLetters, control.ListDeadLettersAsync)
            .Unary(NodeControlMethods.GetDeadLetter, control.GetDeadLetterAsync)
            .Unary(NodeControlMethods.ReplayDeadLetters, control.ReplayDeadLettersAsync)
            .Unary(NodeControlMethods.Backup, control.BackupAsync)
            .ServerStreaming(NodeControlMethods.ListGaps, control.ListGapsAsync)
            .Unary(NodeControlMethods.ListPeers, control.ListPeersAsync)
            .Unary(NodeControlMethods.ListContacts, control.ListContactsAsync)
            .Unary(NodeControlMethods.ReloadConfiguration, control.ReloadConfigurationAsync)
            .ServerStreaming(NodeControlMethods.ListMap, control.ListMapAsync)
            .ServerStreaming(NodeControlMethods.ListSuccessions, control.ListSuccessionsAsync)
            .Unary(NodeControlMethods.AddMapEntry, control.AddMapEntryAsync);
    }
}
