namespace MixMq.Contracts.Wire;

/// <summary>
/// A call that ends with a status other than OK. A handler throws it to answer with that status; a client's call throws it when the
/// server answered so, or when there was no answer to read.
/// </summary>
public class RpcException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="statusCode">Any code but <see cref="GrpcStatusCode.Ok"/>.</param>
    /// <param name="message">What went wrong, for the caller to read; it crosses the wire, so no secrets. Cut at 1 KiB there.</param>
    /// <param name="innerException">The cause on this side; it doesn't cross the wire.</param>
    /// <exception cref="ArgumentOutOfRangeException">The code is OK.</exception>
    public RpcException(GrpcStatusCode statusCode, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)statusCode, (int)GrpcStatusCode.Ok, nameof(statusCode));
        StatusCode = statusCode;
    }

    /// <summary>The status, never OK.</summary>
    public GrpcStatusCode StatusCode { get; }
}
