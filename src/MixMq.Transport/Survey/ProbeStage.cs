namespace MixMq.Transport.Survey;

/// <summary>How far a probe came.</summary>
internal enum ProbeStage
{
    /// <summary>To the peer's port, through the proxy if there is one.</summary>
    Connect,

    /// <summary>To TLS.</summary>
    Tls,
}
