using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Survey;

/// <summary>Whether each peer is linked, and where not, how far towards it one comes and what stands in the way.</summary>
internal sealed class PeerSurvey(RelayConfiguration configuration, StatusFile? running, TimeProvider time)
{
    private const int AtOnce = 16;
    private readonly NamesakeSearch _namesakes = new(configuration.Peers, time);

    /// <summary>Looks at the peers, several at a time; findings are in the order of the configuration.</summary>
    /// <param name="only">Name of the one to look at, which is dialled even if its link is up; null: all.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async Task<ImmutableArray<Finding>> RunAsync(string? only, CancellationToken cancellation)
    {
        var peers = configuration.Peers.Where(peer => only is null || string.Equals(peer.Name, only, StringComparison.OrdinalIgnoreCase)).ToList();
        if (peers.Count == 0)
        {
            return only is null
                ? [new Finding(FindingLevel.Warning, "peers", "", "none", "no peer is configured, so there is no link", "add one with: mixmq peer add")]
                : [new Finding(FindingLevel.Problem, "peer", only, "unknown", "no peer of the configuration has this name", "see the names under peers")];
        }

        var found = new ImmutableArray<Finding>[peers.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, peers.Count, options, async (i, token) => found[i] = await SurveyStep.TakeAsync("peer", peers[i].Name, () => LookAsync(peers[i], only is not null, token), token));
        return [.. found.SelectMany(each => each)];
    }

    private async Task<ImmutableArray<Finding>> LookAsync(PeerConfiguration peer, bool always, CancellationToken cancellation)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        var (state, reason) = running is not null && running.Links.TryGetValue(peer.Name, out var link) ? link : ("", "");
        var isUp = state is "up" or "suspect";
        if (isUp)
        {
            findings.Add(Finding.Ok("link", peer.Name, state == "up" ? "is up" : "is up, but HELLOs are missing"));
        }
        else if (running is not null)
        {
            var why = reason.Length > 0 ? "; " + SurveyText.Foreign(reason) : "";
            findings.Add(new Finding(
                FindingLevel.Problem,
                "link",
                peer.Name,
                state.Length == 0 ? "unknown" : "down",
                state.Length == 0 ? "the running program doesn't know this peer" : $"is down{why}",
                state.Length == 0 ? "see whether it took the configuration; it says so in its log"
                    : AdviceWhenDown(peer)));
        }

        if (peer.Dial is not null && (always || !isUp))
        {
            await ProbeAsync(peer, findings, cancellation);
        }
        else if (peer.Dial is null && running is null)
        {
            findings.Add(new Finding(FindingLevel.Note, "peer", peer.Name, "accepts-only", "it dials this node, so nothing can be tried from here"));
        }

        return findings.ToImmutable();
    }

    private string AdviceWhenDown(PeerConfiguration peer) => peer.Dial is null
        ? "the peer dials: let its operator run the same survey; this side's log says whom it turned away"
        : IsShownHandedOver(peer)
            ? "is the inside linked, which hands the certificate over? The running float alone has that, and tries with it: its log and status text say why the last try failed. If they say only that the peer ended it, let the peer's operator run the same survey"
            : "see what follows about this peer; where all of that is well, the log says why the last try failed";

    // What is shown outside is in the running float's memory alone.
    private bool IsShownHandedOver(PeerConfiguration peer) => configuration.PublicHandedOver && !peer.Inner;

    private async Task ProbeAsync(PeerConfiguration peer, ImmutableArray<Finding>.Builder findings, CancellationToken cancellation)
    {
        // The certificate of the inner link must not be shown outside.
        var own = IsShownHandedOver(peer) ? null : configuration.Certificate;
        var limit = TimeSpan.FromSeconds(configuration.Limits.HandshakeSeconds);
        using var outcome = await PeerProbe.RunAsync(peer, configuration.Outward, own, limit, time, cancellation);
        var place = $"{peer.Dial!.Host}:{peer.Dial.Port}";
        if (outcome is { Stage: ProbeStage.Connect, Failure: { } unreached })
        {
            findings.Add(new Finding(FindingLevel.Problem, "reach", peer.Name, unreached.ToString(), $"{place}: {Why(unreached, outcome.Error)}", Advice(unreached, outcome.Error)));
            return;
        }

        var way = configuration.Outward.Proxy is null || peer.Direct ? "" : " through the proxy";
        findings.Add(Finding.Ok("reach", peer.Name, $"TCP reaches {place}{way}"));
        if (own is null)
        {
            findings.Add(new Finding(FindingLevel.Note, "tls", peer.Name, "not-tried", "not tried: the certificate for peers outside is handed over to the running float, and only it has that"));
            return;
        }

        findings.AddRange(Judge(peer, outcome));
    }

    private IEnumerable<Finding> Judge(PeerConfiguration peer, ProbeOutcome outcome)
    {
        if (outcome.Verdict is { } verdict and not TrustVerdict.Trusted)
        {
            // The verdict's sentence is "what; what to do".
            var parts = verdict.Describe().Split("; ", 2);
            var shown = CertificateText.Difference(peer, outcome.Shown, verdict);
            var other = _namesakes.Find(peer, outcome.Shown);
            yield return new Finding(FindingLevel.Problem, "trust", peer.Name, verdict.ToString(), $"{parts[0]}{shown}{other}", parts.Length > 1 ? parts[1] : "");
            yield break;
        }

        if (outcome.Failure is { } failure)
        {
            var parts = new TlsRefusal(failure, TrustVerdict.Trusted, peer.Name).Describe().Split("; ", 2);
            yield return new Finding(FindingLevel.Problem, "tls", peer.Name, failure.ToString(), parts[0], parts.Length > 1 ? parts[1] : "");
            yield break;
        }

        yield return Finding.Ok("trust", peer.Name, "its certificate is the one that its trust setting asks for" + CertificateText.Revocation(peer));
        var leaf = outcome.Shown[0];
        var end = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        if (CertificateReport.NoticeAt(end, time.GetUtcNow()) > ExpiryNotice.None)
        {
            yield return new Finding(
                FindingLevel.Warning, "trust", peer.Name, "near-end", $"its certificate ends on {CertificateText.Day(end)}", "ask the peer's operator to renew it");
        }

        yield return outcome.Own switch
        {
            RefusalOfOwn.Alert => new Finding(
                FindingLevel.Problem,
                "tls",
                peer.Name,
                "refuses-own",
                $"this node accepts the peer's certificate, and the peer refuses this node's (pin {configuration.Certificate.Pin}): it says so by a TLS alert",
                "the peer's operator must mend it: let him compare his trust setting for this node with this pin, or the CA and name that he trusts with this certificate; his log says why"),
            RefusalOfOwn.Closed => new Finding(
                FindingLevel.Problem,
                "tls",
                peer.Name,
                "refuses-own",
                $"this node accepts the peer's certificate, and the peer ends the connection as soon as it has been shown this node's (pin {configuration.Certificate.Pin}), without a word: so does a MixMq node that refuses a certificate, and hardly anybody else",
                "the peer's operator must mend it; his log says whether and why: let him compare his trust setting for this node with this pin, or the CA and name that he trusts with this certificate"),
            _ => Finding.Ok("tls", peer.Name, "TLS 1.3 is up, and neither side refuses the other's certificate; who they are would be proved next, which the survey leaves to the link"),
        };
    }

    private static string Why(TlsFailure failure, SocketError? error) => (failure, error) switch
    {
        (TlsFailure.HostUnknown, _) => "the host name has no address",
        (TlsFailure.TimedOut, _) or (_, SocketError.TimedOut) => "no answer at all",
        (_, SocketError.ConnectionRefused) => "the connection is refused",
        (_, SocketError.NetworkUnreachable) => "there is no way to this network",
        (_, SocketError.HostUnreachable) => "there is no way to this host",
        _ => new TlsRefusal(failure).Describe().Split("; ", 2)[0],
    };

    private static string Advice(TlsFailure failure, SocketError? error) => (failure, error) switch
    {
        (TlsFailure.HostUnknown, _) => "check the name in dial, and this machine's DNS",
        (TlsFailure.TimedOut, _) or (_, SocketError.TimedOut) => "a firewall on the way drops the packets, or the address is another's; see packaging/README.md, \"Between firewalls\"",
        (_, SocketError.ConnectionRefused) => "the machine is there and nothing listens: is the peer running, and its listener open (a float's opens once its inside is linked)? Or a firewall answers so",
        (_, SocketError.NetworkUnreachable or SocketError.HostUnreachable) => "check this machine's routes and the firewalls",
        _ => new TlsRefusal(failure).Describe().Split("; ", 2) is { Length: 2 } parts ? parts[1] : "",
    };
}
