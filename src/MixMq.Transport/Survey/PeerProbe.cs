using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Configuration;
using MixMq.Transport.Dialling;
using MixMq.Transport.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Survey;

/// <summary>
/// One connection to a peer as the node would make it, up to where links begin: TCP, the proxy, TLS with the judgement of the certificate. Nothing is said of who this
/// node is beyond its certificate, so a link that is up isn't touched: to the peer it is a connection that ended before it proved anything. Bounded in time, and in
/// bytes as every connection that isn't authenticated.
/// </summary>
internal static class PeerProbe
{
    /// <summary>How long a peer is listened to that has done its part of TLS: one that refuses this node's certificate says so within a round trip.</summary>
    private static readonly TimeSpan RefusalWait = TimeSpan.FromSeconds(1);

    /// <summary>Connects once.</summary>
    /// <param name="peer">Has <c>dial</c>.</param>
    /// <param name="outward">The way.</param>
    /// <param name="own">What to show; null: TLS isn't tried.</param>
    /// <param name="limit">Bound of everything.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up.</param>
    internal static async Task<ProbeOutcome> RunAsync(
        PeerConfiguration peer, OutwardConfiguration outward, LocalCertificate? own, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (await OutwardConnection.OpenAsync(socket, peer, outward, either.Token) is { } unconnected)
            {
                return new ProbeOutcome(ProbeStage.Connect, unconnected);
            }
        }
        catch (SocketException e)
        {
            return new ProbeOutcome(ProbeStage.Connect, OutwardConnection.FailureOf(e), e.SocketErrorCode);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ProbeOutcome(ProbeStage.Connect, TlsFailure.TimedOut);
        }

        return own is null ? new ProbeOutcome(ProbeStage.Connect) : await HandshakeAsync(socket, peer, own, time, either.Token, cancellation);
    }

    private static async Task<ProbeOutcome> HandshakeAsync(
        Socket socket, PeerConfiguration peer, LocalCertificate own, TimeProvider time, CancellationToken both, CancellationToken cancellation)
    {
        var judged = new ProbeOutcome(ProbeStage.Tls, TlsFailure.NotTls13);
        var budget = new HandshakeBudgetStream(new NetworkStream(socket, ownsSocket: false));
        await using var stream = new SslStream(budget, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(TlsOptions.Client(own, (_, certificate, chain, _) => Judge(certificate, chain)), both);
            if (!stream.IsMutuallyAuthenticated)
            {
                return judged with { Failure = TlsFailure.NotMutual };
            }

            return judged with { Failure = null, Own = await AnswerAsync(stream, time, both) };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return judged with { Failure = TlsFailure.TimedOut };
        }
        catch (AuthenticationException)
        {
            return judged with { Failure = judged.Verdict is null or TrustVerdict.Trusted ? TlsFailure.NotTls13 : TlsFailure.CertificateRefused };
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or SocketException or CryptographicException or NotSupportedException)
        {
            return judged with { Failure = budget.Exceeded ? TlsFailure.TooMuch : TlsFailure.Closed };
        }

        bool Judge(X509Certificate? certificate, X509Chain? chain)
        {
            if (certificate is not X509Certificate2 leaf)
            {
                judged = judged with { Verdict = TrustVerdict.NoCertificate };
                return false;
            }

            X509Certificate2Collection sent = chain?.ChainPolicy.ExtraStore ?? [];
            judged = judged with
            {
                Verdict = peer.Trust.Evaluate(leaf, sent, time.GetUtcNow()),
                Shown = [X509CertificateLoader.LoadCertificate(leaf.RawData), .. sent.Select(each => X509CertificateLoader.LoadCertificate(each.RawData))],
            };
            return judged.Verdict == TrustVerdict.Trusted;
        }
    }

    /// <summary>In TLS 1.3 the client is done before the server has judged its certificate: a server that refuses it says so in place of its first data.</summary>
    private static async Task<RefusalOfOwn> AnswerAsync(SslStream stream, TimeProvider time, CancellationToken both)
    {
        using var wait = new CancellationTokenSource(RefusalWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(wait.Token, both);
        try
        {
            return await stream.ReadAsync(new byte[1], either.Token) == 0 ? RefusalOfOwn.Closed : RefusalOfOwn.None;
        }
        catch (OperationCanceledException)
        {
            return RefusalOfOwn.None;
        }
        catch (IOException e)
        {
            // An alert comes as a failure of TLS itself; a connection that is reset, as one of the socket.
            return e.InnerException is null or SocketException ? RefusalOfOwn.Closed : RefusalOfOwn.Alert;
        }
    }
}
