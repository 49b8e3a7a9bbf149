namespace MixMq.Contracts.Wire;

/// <summary>Names and values of the headers of gRPC over HTTP/2. Source: grpc/grpc, doc/PROTOCOL-HTTP2.md.</summary>
internal static class GrpcHeaders
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Identity = "identity";
    public const string ContentType = "application/grpc";
    public const string ContentTypeProto = "application/grpc+proto";

    /// <summary>
    /// Whether the content type is one that is spoken here: <c>application/grpc</c> or <c>application/grpc+proto</c>, with parameters
    /// or without. Another suffix (<c>+json</c>) is another message format, and <c>application/grpc-web</c> another protocol.
    /// </summary>
    public static bool IsGrpc(string? contentType)
    {
        if (contentType is null)
            return false;
        var type = contentType.AsSpan();
        var parameters = type.IndexOf(';');
        if (parameters >= 0)
            type = type[..parameters];
        type = type.Trim();
        return type.Equals(ContentType, StringComparison.OrdinalIgnoreCase) || type.Equals(ContentTypeProto, StringComparison.OrdinalIgnoreCase);
    }
}
