using System.Collections.Immutable;
using System.Globalization;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Transport.Configuration;
using MixMq.Transport.Keys;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Survey;

/// <summary>
/// The survey of what every node has: identity, certificates, revocation lists, listeners, peers, folder, clock, and whether it runs. It reads what the node reads
/// and changes nothing; the peers' part connects as the node would. The running program, if there is one, is asked through its status text alone.
/// </summary>
public static class RelaySurvey
{
    /// <summary>What a status text warns of, by the words with which its lines begin.</summary>
    private static readonly string[] WarnedOf = ["certificate", "outside", "configuration", "admission", "parameters", "revocations", "map", "link"];

    /// <summary>The findings of a configuration that can't be used: an error each.</summary>
    public static ImmutableArray<Finding> OfErrors(IEnumerable<ConfigurationError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        return
        [
            .. errors.Select(error => error.Code.Length > 0 ? TokenSurvey.Of(error) : new Finding(FindingLevel.Problem, "configuration", "", "error", error.ToString())),
            new Finding(FindingLevel.Note, "configuration", "", "not-looked", "nothing else is looked at until these are mended"),
        ];
    }

    /// <summary>Looks at everything, or at one peer.</summary>
    /// <param name="configuration">Valid configuration.</param>
    /// <param name="peer">Name of the one peer that matters; null: everything.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What was found, in the order of looking. Takes at most about <c>limits:handshakeSeconds</c> for each 16 peers.</returns>
    public static async Task<ImmutableArray<Finding>> RunAsync(RelayConfiguration configuration, string? peer, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(time);
        var now = time.GetUtcNow();
        var state = RunState.Of(configuration, now);
        // What one that hangs said of its links may be over.
        var peers = new PeerSurvey(configuration, state.IsLate ? null : state.Status, time);
        if (peer is not null)
        {
            return await peers.RunAsync(peer, cancellation);
        }

        return
        [
            Finding.Ok("configuration", "", "is valid"),
            .. SurveyStep.Take("identity", "", () => Identity(configuration)),
            .. SurveyStep.Take("certificate", "", () => Certificates(configuration, now)),
            .. SurveyStep.Take("token", "", () => TokenSurvey.Of(configuration)),
            .. SurveyStep.Take("revocation", "", () => Lists(configuration, now)),
            .. SurveyStep.Take("admission", "", () => Admission(configuration, now)),
            .. SurveyStep.Take("program", "", () => Program(configuration, state, now)),
            .. SurveyStep.Take("listener", "", () => MachineSurvey.Listeners(configuration, state.IsRunning)),
            .. SurveyStep.Take("folder", "", () => MachineSurvey.Folder(configuration)),
            .. SurveyStep.Take("clock", "", () => MachineSurvey.Clock(configuration)),
            .. await peers.RunAsync(null, cancellation),
        ];
    }

    private static IEnumerable<Finding> Identity(RelayConfiguration configuration)
    {
        if (configuration.IdentityKeyFile.Length > 0)
        {
            string? failure = null;
            try
            {
                using var identity = NodeIdentity.Load(configuration.IdentityKeyFile);
                failure = $"!{identity.Address}";
            }
            catch (KeyFileException e)
            {
                failure = e.Message;
            }

            // The configuration was valid a moment ago; somebody may have changed the file since.
            yield return failure.StartsWith('!')
                ? Finding.Ok("identity", "", $"its key file can be read, by its owner alone; the address is {failure[1..]}")
                : new Finding(FindingLevel.Problem, "identity", "", "unreadable", failure);
        }
    }

    private static IEnumerable<Finding> Certificates(RelayConfiguration configuration, DateTimeOffset now)
    {
        yield return Certificate("", configuration.Certificate, now, configuration.PublicHandedOver ? "is for the inside alone" : "is shown to all peers");
        foreach (var peer in configuration.Peers.Where(peer => peer.HandOver?.Certificate is not null))
        {
            LocalCertificate? handed = null;
            Finding finding;
            try
            {
                handed = peer.HandOver!.Certificate!.Load();
                finding = Certificate("for " + peer.Name, handed, now, "is handed over");
            }
            catch (KeyFileException e)
            {
                finding = new Finding(FindingLevel.Problem, "certificate", "for " + peer.Name, "unreadable", e.Message);
            }

            handed?.Dispose();
            yield return finding;
        }
    }

    private static Finding Certificate(string subject, LocalCertificate certificate, DateTimeOffset now, string use)
    {
        var end = certificate.UsableUntil;
        var days = (int)Math.Floor((end - now).TotalDays);
        var sent = certificate.Sent;
        var chain = sent[0].SubjectName.RawData.AsSpan().SequenceEqual(sent[0].IssuerName.RawData) ? "self-signed, good for peers that pin its key"
            : $"issued by {SurveyText.Foreign(sent[^1].Issuer)} with {sent.Length - 1} intermediates";
        var text = string.Create(CultureInfo.InvariantCulture, $"{use}, is for {CertificateText.Names(sent[0])}, fits its key, {chain}, {days} days left (until {CertificateText.Day(end)}), pin {certificate.Pin}");
        if (certificate.FaultAt(now) is { } fault)
        {
            return new Finding(FindingLevel.Problem, "certificate", subject, end < now ? "expired" : "not-yet-valid", $"{fault}: {text}", end < now ? "renew it; a running node takes the new files by itself" : "check this machine's clock");
        }

        return CertificateReport.NoticeAt(end, now) > ExpiryNotice.None
            ? new Finding(FindingLevel.Warning, "certificate", subject, "near-end", text, "renew it; a running node takes the new files by itself")
            : Finding.Ok("certificate", subject, text);
    }

    private static IEnumerable<Finding> Lists(RelayConfiguration configuration, DateTimeOffset now)
    {
        foreach (var peer in configuration.Peers)
        {
            if (peer.Trust is not ChainTrust { Revocation: { } lists })
            {
                continue;
            }

            var hard = lists.Mode == RevocationMode.Hard;
            if (lists.IsHandedOver)
            {
                yield return new Finding(FindingLevel.Note, "revocation", peer.Name, "handed-over", "its lists are handed over to the running program, and only it has them");
            }
            else if (lists.IsOutdatedAt(now))
            {
                yield return new Finding(
                    hard ? FindingLevel.Problem : FindingLevel.Warning,
                    "revocation",
                    peer.Name,
                    "outdated",
                    $"one of its {lists.Count} lists is over its next update{(lists.FirstUpdate is { } missed ? $" ({CertificateText.Day(missed)})" : " or says none")}; {(hard ? "the next handshake fails" : "what it doesn't name is taken")}",
                    "put a newer list into its trust:crlFile; nothing here fetches one");
            }
            else
            {
                yield return Finding.Ok("revocation", peer.Name, $"{lists.Count} lists, newer ones wanted by {(lists.FirstUpdate is { } next ? CertificateText.Day(next) : "never")}; looked at {(hard ? "strictly" : "softly")}");
            }
        }
    }

    private static IEnumerable<Finding> Admission(RelayConfiguration configuration, DateTimeOffset now)
    {
        if (configuration.Admission is not { } admission)
        {
            yield break;
        }

        if (admission.Certificate is not { } own)
        {
            yield return new Finding(FindingLevel.Warning, "admission", "", "none", "this node has no admission certificate", "where its network requires one, the authorities make it (mixmq network admit) and network:admission names it");
            yield break;
        }

        var left = own.NotAfterUnixMillis - now.ToUnixTimeMilliseconds();
        var until = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(own.NotAfterUnixMillis, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
        yield return left <= 0
            ? new Finding(FindingLevel.Problem, "admission", "", "ended", $"ended on {CertificateText.Day(until)}", "ask the network's authorities for a new one")
            : left < TimeSpan.FromDays(30).TotalMilliseconds
                ? new Finding(FindingLevel.Warning, "admission", "", "near-end", $"ends on {CertificateText.Day(until)}", "ask the network's authorities for a new one")
                : Finding.Ok("admission", "", $"holds until {CertificateText.Day(until)}");
    }

    private static IEnumerable<Finding> Program(RelayConfiguration configuration, RunState state, DateTimeOffset now)
    {
        var ago = state.Last is { } said ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (now - said.Written).TotalSeconds):0} s ago") : "";
        if (!state.IsRunning)
        {
            yield return new Finding(
                FindingLevel.Problem,
                "program",
                "",
                "not-running",
                state.Last is not null ? $"it doesn't run, or writes its status text elsewhere than to {configuration.StatusFile}; the last one there was written {ago}"
                    : $"it doesn't run, or writes its status text elsewhere: {configuration.StatusFile} {(File.Exists(configuration.StatusFile) ? "can't be read" : "isn't there")}",
                "start it; if it was started with settings on its command line, give the same ones here");
            yield break;
        }

        if (state.IsLate)
        {
            yield return new Finding(
                FindingLevel.Problem,
                "program",
                "",
                "late",
                $"it runs, but {(state.Last is null ? $"its status text {configuration.StatusFile} isn't there or can't be read" : $"wrote its status text {ago}, and should every {configuration.StatusIntervalSeconds} s")}: it hangs, or can't write there",
                "see its log, and whether there is room on that disk; if it hangs, restart it");
        }

        if (state.Last is not { } status)
        {
            yield break;
        }

        var up = status.Links.Values.Count(link => link.State is "up" or "suspect");
        if (!state.IsLate)
        {
            yield return Finding.Ok("program", "", $"runs, wrote its status text {ago}, {up} of {status.Links.Count} links are up");
        }

        if (status.Replaced is { } isEmergency)
        {
            yield return new Finding(FindingLevel.Problem, "admission", "", "replaced", ReplacedAddress.Happened(isEmergency), ReplacedAddress.Advice);
        }

        // What is said of that below its line was just said.
        foreach (var (about, peer, text) in status.Warnings.Where(warning => status.Replaced is null || warning.About != ReplacedAddress.Title))
        {
            // That the own certificate is near its end has been said.
            if (about != "certificate" || peer.Length > 0 || !text.StartsWith("it expire", StringComparison.Ordinal) || text.Contains(';', StringComparison.Ordinal))
            {
                yield return new Finding(FindingLevel.Warning, WarnedOf.Contains(about) ? about : "program", SurveyText.Foreign(peer), "warning", $"the running program says: {SurveyText.Foreign(text)}");
            }
        }
    }
}
