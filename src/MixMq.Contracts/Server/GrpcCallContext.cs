namespace MixMq.Contracts.Server;

/// <summary>What a handler may know of the call beyond its request. Made by the server, one a call; valid until the handler ends.</summary>
public sealed class GrpcCallContext
{
    internal GrpcCallContext(string method, DateTimeOffset? deadline, CancellationToken cancellationToken)
    {
        Method = method;
        Deadline = deadline;
        CancellationToken = cancellationToken;
    }

    /// <summary>The path called: <c>/service/method</c>.</summary>
    public string Method { get; }

    /// <summary>When the caller gives up, by this machine's clock; null: never.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>
    /// Signalled when the caller is gone or its deadline has passed; for a stream also when the host is stopping. The handler must
    /// observe it: the server waits for the handler.
    /// </summary>
    public CancellationToken CancellationToken { get; }
}
