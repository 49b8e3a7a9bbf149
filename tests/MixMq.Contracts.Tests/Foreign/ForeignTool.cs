namespace MixMq.Contracts.Tests.Foreign;

public enum ForeignTool
{
    /// <summary>Node.js with @grpc/grpc-js.</summary>
    GrpcJs,

    /// <summary>Debian's python3-grpcio, the C core.</summary>
    PythonGrpcio,
}
