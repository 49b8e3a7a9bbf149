namespace MixMq.Transport.Survey;

/// <summary>What a peer does that has been shown this node's certificate, once its own was accepted here.</summary>
internal enum RefusalOfOwn
{
    /// <summary>Nothing, for as long as a refusal takes.</summary>
    None,

    /// <summary>It says by a TLS alert that it doesn't take the certificate.</summary>
    Alert,

    /// <summary>It ends the connection and doesn't say why, as .NET's TLS does that refuses a certificate.</summary>
    Closed,
}
