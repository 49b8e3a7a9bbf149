namespace MixMq.Contracts.Wire;

/// <summary>How a call ended: the status codes of gRPC, as the decimal number in the trailer <c>grpc-status</c>.</summary>
/// <remarks>Source: grpc/grpc, doc/statuscodes.md. A number outside 0 to 16 is read as <see cref="Unknown"/>.</remarks>
public enum GrpcStatusCode
{
    /// <summary>It succeeded.</summary>
    Ok = 0,

    /// <summary>The caller gave it up.</summary>
    Cancelled = 1,

    /// <summary>The handler failed in a way it has no code for, or the status can't be read.</summary>
    Unknown = 2,

    /// <summary>A field of the request is wrong whatever the state of the node is.</summary>
    InvalidArgument = 3,

    /// <summary>The caller's deadline passed first.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names doesn't exist.</summary>
    NotFound = 5,

    /// <summary>What the request would make exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A message is over the size limit, or a queue is full.</summary>
    ResourceExhausted = 8,

    /// <summary>The node is not in the state that this needs; trying again without a change is no use.</summary>
    FailedPrecondition = 9,

    /// <summary>A conflict between calls; the caller may start again.</summary>
    Aborted = 10,

    /// <summary>Past the end of what there is.</summary>
    OutOfRange = 11,

    /// <summary>The method, or the compression of the request, isn't known here.</summary>
    Unimplemented = 12,

    /// <summary>The wire protocol was violated.</summary>
    Internal = 13,

    /// <summary>The node can't be reached, is starting, or is stopping; trying again later may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost for good.</summary>
    DataLoss = 15,

    /// <summary>Who calls is not known.</summary>
    Unauthenticated = 16,
}
