using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Links;

namespace MixMq.Transport.Tls;

/// <summary>
/// Puts TLS on connected sockets, in either role, and finds out for which configured peers the other side's certificate is
/// good. Takes ownership of the socket: on refusal it is closed. Thread-safe.
/// </summary>
internal sealed class TlsGate
{
    private readonly ServedCertificate _served;
    private readonly PeerDirectory _peers;
    private readonly Func<PeerConfiguration, bool> _isFor;
    private readonly TimeProvider _time;

    /// <param name="served">What is shown.</param>
    /// <param name="peers">Whose certificates are good, as they are when one is judged.</param>
    /// <param name="isFor">Which of them it is for.</param>
    /// <param name="time">The clock.</param>
    internal TlsGate(ServedCertificate served, PeerDirectory peers, Func<PeerConfiguration, bool> isFor, TimeProvider time)
    {
        _served = served;
        _peers = peers;
        _isFor = isFor;
        _time = time;
    }

    /// <summary>For peers that never change.</summary>
    internal TlsGate(ServedCertificate served, ImmutableArray<PeerConfiguration> peers, TimeProvider time)
        : this(served, new PeerDirectory(peers), _ => true, time)
    {
    }

    /// <summary>Whether there is a certificate to show; without one every handshake is refused.</summary>
    internal bool HasCertificate => _served.Current is not null;

    internal Task<(TlsChannel? Channel, TlsRefusal? Refusal)> AcceptAsync(Socket socket, CancellationToken cancellation) =>
        AuthenticateAsync(socket, dialled: null, cancellation);

    internal Task<(TlsChannel? Channel, TlsRefusal? Refusal)> DialAsync(Socket socket, PeerConfiguration peer, CancellationToken cancellation) =>
        AuthenticateAsync(socket, peer, cancellation);

    private async Task<(TlsChannel? Channel, TlsRefusal? Refusal)> AuthenticateAsync(
        Socket socket, PeerConfiguration? dialled, CancellationToken cancellation)
    {
        if (_served.Current is not { } own)
        {
            socket.Dispose();
            return (null, new TlsRefusal(TlsFailure.NoCertificate, Peer: dialled?.Name));
        }

        var judgement = new Judgement(dialled);
        var budget = new HandshakeBudgetStream(new NetworkStream(socket, ownsSocket: true));
        var stream = new SslStream(budget, leaveInnerStreamOpen: false);
        var failure = TlsFailure.NotTls13;
        try
        {
            RemoteCertificateValidationCallback validate = (_, certificate, chain, _) => Judge(judgement, certificate, chain);
            await (dialled is null
                ? stream.AuthenticateAsServerAsync(TlsOptions.Server(own, validate), cancellation)
                : stream.AuthenticateAsClientAsync(TlsOptions.Client(own, validate), cancellation));

            if (!stream.IsMutuallyAuthenticated)
            {
                failure = TlsFailure.NotMutual;
            }

            // The version is pinned by the options; asserted because everything above rests on it.
            if (stream.SslProtocol == SslProtocols.Tls13 && stream.IsMutuallyAuthenticated && judgement is { LeafHash: not null, Seen: { } seen })
            {
                return (new TlsChannel(stream, budget, Describe(stream, own, judgement, dialled), seen), null);
            }
        }
        catch (OperationCanceledException)
        {
            failure = TlsFailure.TimedOut;
        }
        catch (AuthenticationException)
        {
            failure = TlsFailure.NotTls13;
        }
        catch (IOException)
        {
            failure = TlsFailure.Closed;
        }
        catch (Exception e) when (e is InvalidOperationException or SocketException or CryptographicException or NotSupportedException)
        {
            failure = TlsFailure.Closed;
        }

        await stream.DisposeAsync();
        if (judgement.Verdict is not (null or TrustVerdict.Trusted))
        {
            return (null, new TlsRefusal(TlsFailure.CertificateRefused, judgement.Verdict.Value, judgement.Peer));
        }

        return (null, new TlsRefusal(budget.Exceeded ? TlsFailure.TooMuch : failure, Peer: dialled?.Name));
    }

    private static ConnectionInfo Describe(SslStream stream, LocalCertificate own, Judgement judgement, PeerConfiguration? dialled)
    {
        using var binding = stream.TransportContext.GetChannelBinding(ChannelBindingKind.Unique)
            ?? throw new InvalidOperationException("TLS gave no channel binding.");
        var bytes = new byte[binding.Size];
        System.Runtime.InteropServices.Marshal.Copy(binding.DangerousGetHandle(), bytes, 0, bytes.Length);
        return new ConnectionInfo
        {
            DialledPeer = dialled?.Address,
            ChannelBinding = bytes,
            LocalCertificateHash = own.Hash.ToArray(),
            RemoteCertificateHash = judgement.LeafHash!,
            TrustedFor = judgement.TrustedFor,
            TrustVersion = judgement.TrustVersion,
        };
    }

    private bool Judge(Judgement judgement, X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            judgement.Verdict = TrustVerdict.NoCertificate;
            judgement.Peer = judgement.Dialled?.Name;
            return false;
        }

        var sent = chain?.ChainPolicy.ExtraStore ?? [];
        var now = _time.GetUtcNow();
        var trusted = ImmutableHashSet.CreateBuilder<NodeAddress>();
        judgement.Verdict = TrustVerdict.OtherKey;
        var peers = _peers.Current;
        judgement.TrustVersion = peers.TrustVersion;
        foreach (var peer in peers.All.Where(_isFor))
        {
            if (judgement.Dialled is null ? !peer.Accept : peer.Address != judgement.Dialled.Address)
            {
                continue;
            }

            var verdict = peer.Trust.Evaluate(leaf, sent, now);
            if (verdict == TrustVerdict.Trusted)
            {
                trusted.Add(peer.Address);
            }
            else if (judgement.Dialled is not null || verdict is TrustVerdict.Expired or TrustVerdict.NotYetValid or TrustVerdict.WrongUsage
                or TrustVerdict.Revoked or TrustVerdict.RevocationUnknown)
            {
                // The key is the configured one, so the operator can be told which peer it is.
                judgement.Verdict = verdict;
                judgement.Peer = peer.Name;
            }
        }

        if (trusted.Count == 0)
        {
            return false;
        }

        judgement.Verdict = TrustVerdict.Trusted;
        judgement.TrustedFor = trusted.ToImmutable();
        judgement.Seen = new SeenCertificate(CertificatePin.Of(leaf), new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
        judgement.LeafHash = SHA256.HashData(leaf.RawDataMemory.Span);
        return true;
    }

    /// <summary>What the certificate callback found out, for the code after the handshake.</summary>
    private sealed class Judgement(PeerConfiguration? dialled)
    {
        internal PeerConfiguration? Dialled { get; } = dialled;

        internal TrustVerdict? Verdict { get; set; }

        internal string? Peer { get; set; }

        internal SeenCertificate? Seen { get; set; }

        internal byte[]? LeafHash { get; set; }

        internal ImmutableHashSet<NodeAddress> TrustedFor { get; set; } = [];

        internal long TrustVersion { get; set; }
    }
}
