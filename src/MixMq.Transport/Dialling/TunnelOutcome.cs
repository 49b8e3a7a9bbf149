namespace MixMq.Transport.Dialling;

/// <summary>What came of asking a proxy for a way to a peer. Closed: a proxy can cause every one of them.</summary>
internal enum TunnelOutcome
{
    /// <summary>What is written from now on reaches the peer. Nothing of what the peer sends has been read.</summary>
    Open,

    /// <summary>The proxy found nobody at the peer's address, or not the address.</summary>
    Unreachable,

    /// <summary>The proxy wants other credentials, or some.</summary>
    CredentialsRefused,

    /// <summary>The proxy doesn't want to.</summary>
    Refused,

    /// <summary>What came was no answer, too long for one, or nothing.</summary>
    Misbehaved,
}
