using System.Globalization;
using System.Reflection;
using System.Text;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Map;
using MixMq.Transport.Audit;
using MixMq.Transport.Configuration;
using MixMq.Transport.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Health;

/// <summary>The read-only text by which an operator sees a node: links by their local names, counters, no one's messages.</summary>
internal sealed class StatusText
{
    private readonly RelayConfiguration _configuration;
    private readonly NodeIdentity _identity;
    private readonly RefusalLog _refusals;
    private readonly CertificateRegister _certificates;
    private readonly AuditTrail _audit;
    private readonly Func<ReloadOutcome?> _reloaded;
    private readonly DateTimeOffset _started;

    internal StatusText(
        RelayConfiguration configuration,
        NodeIdentity identity,
        RefusalLog refusals,
        CertificateRegister certificates,
        AuditTrail audit,
        Func<ReloadOutcome?> reloaded,
        DateTimeOffset started)
    {
        _reloaded = reloaded;
        _configuration = configuration;
        _identity = identity;
        _refusals = refusals;
        _certificates = certificates;
        _audit = audit;
        _started = started;
    }

    internal string Format(OverlaySnapshot snapshot)
    {
        var text = new StringBuilder();
        var taken = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.Taken.UnixMillis);
        var up = snapshot.Links.Count(link => link.Status is LinkStatus.Up or LinkStatus.Suspect);
        Line(text, $"MixMq {(_configuration.Relays ? "float" : "node")} {Version()}");
        Line(text, $"written      {taken:yyyy-MM-ddTHH:mm:ss}Z");
        Line(text, $"started      {_started.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z");
        Line(text, $"network      {_configuration.Network.Definition.Name}");
        Line(text, $"address      {_identity.Address}");
        var certificates = _certificates.Reports;
        AppendCertificate(text, "certificate  ", certificates[0]);
        if (_certificates.Handed is { } handed)
        {
            AppendCertificate(text, "outside      ", handed);
        }
        else if (_certificates.ExpectsHanded)
        {
            Line(text, $"outside      no certificate has been handed over, so 'listen' is closed");
        }

        if (_reloaded() is { } reloaded)
        {
            AppendConfiguration(text, reloaded);
        }

        Line(text, $"epoch        {snapshot.Epoch}, keys of epochs {string.Join(' ', snapshot.KeyEpochs)}");
        Line(text, $"topology     {snapshot.TopologyRecords} records, digest {Convert.ToHexStringLower(snapshot.TopologyDigest.AsSpan())}");
        Line(text, $"sequence     {snapshot.OwnSequence}");
        Line(text, $"packets      {snapshot.Relayed} relayed, {snapshot.Delayed} held, {snapshot.Delivered} ended here");
        Line(text, $"connections  {snapshot.Connections}, of them in handshake {snapshot.Handshakes}");
        if (snapshot.Admission is { } admission)
        {
            AppendAdmission(text, admission, snapshot.Taken);
        }

        if (_audit.Head is { } head)
        {
            Line(text, $"audit        {head.Number} lines, the last with hash {head.Hash}");
        }

        Line(text, $"");
        Line(text, $"links        {up} of {snapshot.Links.Length} up");
        foreach (var link in snapshot.Links)
        {
            AppendLink(text, link, snapshot, certificates.FirstOrDefault(certificate => certificate.Peer == link.Peer));
        }

        AppendEquivocations(text, snapshot);
        AppendCounters(text, "dropped", snapshot.Drops.Select(drop => (drop.Cause.ToString(), drop.Count)));
        AppendCounters(text, "links refused", snapshot.Refusals.Select(refusal => (refusal.Reason.ToString(), refusal.Count)));
        AppendCounters(text, "connections refused", _refusals.Counts.Select(count => (count.Failure.ToString(), count.Accepted)));
        AppendCounters(text, "dials failed", _refusals.Counts.Select(count => (count.Failure.ToString(), count.Dialled)));
        return text.ToString();
    }

    private static void AppendConfiguration(StringBuilder text, ReloadOutcome reloaded)
    {
        if (!reloaded.IsTaken)
        {
            Line(text, $"configuration  WARNING: the file has changed but can't be used, so what was there before stays in use: {reloaded.Problem}");
        }
        else if (!reloaded.NextStart.IsEmpty)
        {
            Line(text, $"configuration  read again; at the next start takes effect: {string.Join(", ", reloaded.NextStart)}");
        }
        else
        {
            Line(text, $"configuration  read again, and all of it in use");
        }
    }

    private static void AppendLink(StringBuilder text, LinkSnapshot link, OverlaySnapshot snapshot, CertificateReport? certificate)
    {
        var taken = snapshot.Taken;
        var status = link.Status.ToString().ToLowerInvariant();
        var since = Math.Max(0, taken.Micros - link.SinceMicros) / Moment.MicrosPerSecond;
        var round = link.RoundTripMicros is { } micros ? string.Create(CultureInfo.InvariantCulture, $", round trip {micros / 1000.0:F1} ms") : "";
        Line(text, $"  {link.Peer,-24} {status,-10} for {since} s{round}, packets {link.PacketsIn} in {link.PacketsOut} out, flaps {link.Flaps}");
        if (certificate is not null)
        {
            AppendCertificate(text, "    certificate ", certificate);
        }

        if (link.PeerEpoch is { } epoch && Math.Abs((long)epoch - snapshot.Epoch) > 1)
        {
            Line(text, $"    WARNING: {link.Peer} is in epoch {epoch}, this node in {snapshot.Epoch}: one of the two clocks is wrong");
        }

        if (link.LastRefusal is { } refusal)
        {
            Line(text, $"    last refusal: {refusal.Describe()}");
        }

        if (link.LastClose is { } reason)
        {
            Line(text, $"    last closed: {reason}");
        }
    }

    private static void AppendCertificate(StringBuilder text, string title, CertificateReport certificate)
    {
        Line(text, $"{title}{certificate.Pin}, valid until {certificate.NotAfter.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z");
        if (certificate.Warning.Length > 0)
        {
            Line(text, $"{new string(' ', title.Length)}WARNING: {certificate.Warning}");
        }
    }

    private static void AppendAdmission(StringBuilder text, AdmissionSnapshot admission, Moment now)
    {
        var rule = admission.RequiresAdmission ? "admission is required" : "open to all";
        Line(text, $"parameters   number {admission.Number}, {rule}, paths of {admission.Network.PathLinks} links, at most {admission.Network.MaxLinks} links a node{(admission.Network.MaxContentBytes > 0 ? $", contents of at most {admission.Network.MaxContentBytes} bytes" : "")}");
        if (admission.Next is { } next)
        {
            Line(text, $"             number {next.Number} from {Time(next.ActivationUnixMillis):yyyy-MM-ddTHH:mm:ss}Z");
        }

        if (admission.Revocations is { } list)
        {
            var held = list.Revoked.Count(revoked => revoked.UntilUnixMillis > now.UnixMillis);
            Line(text, $"revocations  number {list.Number}, {held} addresses kept out");
        }

        if (admission.MapEntries > 0)
        {
            Line(text, $"map          {admission.MapEntries} entries");
        }

        if (admission.Certificate is { } own)
        {
            Line(text, $"admission    as {own.Roles.ToString().ToLowerInvariant()} until {Time(own.NotAfterUnixMillis):yyyy-MM-ddTHH:mm:ss}Z{(admission.IsAdmitted ? "" : ", which doesn't count")}");
        }

        foreach (var warning in admission.Warnings)
        {
            Line(text, $"             WARNING: {warning}");
        }

        if (admission.Replacement is { } replacement)
        {
            Line(text, $"{ReplacedAddress.Title}     {ReplacedAddress.Word(replacement.IsEmergency)}");
            Line(text, $"             WARNING: {ReplacedAddress.Describe(replacement.IsEmergency)}");
        }
    }

    // Signed times may be later than .NET can say.
    private static DateTime Time(long unixMillis) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(unixMillis, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())).UtcDateTime;

    private static void AppendEquivocations(StringBuilder text, OverlaySnapshot snapshot)
    {
        if (snapshot.QuarantinedOrigins == 0)
        {
            return;
        }

        Line(text, $"");
        Line(text, $"quarantined  {snapshot.QuarantinedOrigins}, each for two records with one sequence: is a key in two places?");
        foreach (var pair in snapshot.Equivocations)
        {
            Line(text, $"  {pair.Address}  sequence {pair.Sequence}, hashes {pair.First.Hash} and {pair.Second.Hash}");
        }
    }

    private static void AppendCounters(StringBuilder text, string title, IEnumerable<(string Name, long Count)> counters)
    {
        var seen = counters.Where(counter => counter.Count > 0).ToList();
        if (seen.Count == 0)
        {
            return;
        }

        Line(text, $"");
        Line(text, $"{title}");
        foreach (var (name, count) in seen)
        {
            Line(text, $"  {name,-24} {count}");
        }
    }

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Version() =>
        typeof(StatusText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
