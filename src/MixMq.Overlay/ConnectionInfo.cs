using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>What the shell knows of a connection once TLS is up.</summary>
public sealed record ConnectionInfo
{
    /// <summary>The peer that was dialled; null where the connection was accepted.</summary>
    public NodeAddress? DialledPeer { get; init; }

    /// <summary>Bytes that both ends of this very TLS connection have alike and no other connection has.</summary>
    public required ReadOnlyMemory<byte> ChannelBinding { get; init; }

    /// <summary>SHA-256 of the DER of the leaf certificate that this end showed; 32 bytes.</summary>
    public required ReadOnlyMemory<byte> LocalCertificateHash { get; init; }

    /// <summary>SHA-256 of the DER of the leaf certificate that the other end showed; 32 bytes.</summary>
    public required ReadOnlyMemory<byte> RemoteCertificateHash { get; init; }

    /// <summary>The configured peers whose trust setting the other end's certificate satisfies; may be empty.</summary>
    public required ImmutableHashSet<NodeAddress> TrustedFor { get; init; }

    /// <summary>By which trust settings that was judged: all that have a <see cref="PeerOptions.TrustVersion"/> up to this one were in force.</summary>
    public long TrustVersion { get; init; }
}
