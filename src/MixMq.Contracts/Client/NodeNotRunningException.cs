using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>
/// Nothing listens on the control socket: it is missing, or left by a process that is gone. The status is UNAVAILABLE; the message
/// says how to start the node.
/// </summary>
public sealed class NodeNotRunningException : RpcException
{
    internal NodeNotRunningException(string socketPath, Exception cause)
        : base(
            GrpcStatusCode.Unavailable,
            $"The node is not running: nothing listens on {socketPath}; start it with `mixmq node run --config …`.",
            cause) => SocketPath = socketPath;

    /// <summary>The socket's absolute path.</summary>
    public string SocketPath { get; }
}
