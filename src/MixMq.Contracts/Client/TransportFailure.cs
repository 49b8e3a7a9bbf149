using System.Net.Sockets;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>What a failure below gRPC comes to. Source: grpc/grpc, doc/PROTOCOL-HTTP2.md, HTTP2 Transport Mapping, Errors.</summary>
internal static class TransportFailure
{
    /// <summary>The exception for the caller.</summary>
    public static RpcException Translate(Exception failure, string socketPath)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpProtocolException reset:
                    return new RpcException(StatusOfReset(reset.ErrorCode), $"The server reset the call (HTTP/2 error {reset.ErrorCode}).", failure);
                // A missing file is reported as AddressNotAvailable.
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable }:
                    return new NodeNotRunningException(socketPath, failure);
                case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                    return new RpcException(
                        GrpcStatusCode.PermissionDenied,
                        $"The control socket {socketPath} belongs to another user: run this as the user that the node runs as.",
                        failure);
            }
        }

        // Neither the caller nor the deadline cancelled: the channel was disposed, or a connection that was still being made ended, which HttpClient reports alike.
        return new RpcException(GrpcStatusCode.Unavailable, "The connection to the node was lost.", failure);
    }

    private static GrpcStatusCode StatusOfReset(long http2Error) => http2Error switch
    {
        0x7 => GrpcStatusCode.Unavailable, // REFUSED_STREAM
        0x8 => GrpcStatusCode.Cancelled, // CANCEL
        0xB => GrpcStatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xC => GrpcStatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => GrpcStatusCode.Internal,
    };
}
