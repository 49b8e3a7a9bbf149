namespace MixMq.Contracts.Server;

/// <summary>One method's way from request to responses. Ends normally for OK, else throws.</summary>
internal interface IGrpcHandler
{
    /// <summary>Whether the host's stop ends the call; a unary call is let finish.</summary>
    bool EndsWithHost { get; }

    /// <summary>Greatest request message, bytes.</summary>
    int MaxRequestBytes { get; }

    /// <summary>Greatest response message, bytes.</summary>
    int MaxResponseBytes { get; }

    Task HandleAsync(GrpcExchange exchange, GrpcCallContext context);
}
