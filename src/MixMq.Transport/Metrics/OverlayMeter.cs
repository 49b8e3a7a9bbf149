using System.Diagnostics.Metrics;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Transport.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Metrics;

/// <summary>What every node counts: links, packets, drops. Taken from the core's snapshot at each collection, so that a packet costs nothing more.</summary>
internal sealed class OverlayMeter
{
    /// <summary>A certificate that is in public logs is known by the second of its end.</summary>
    private const long Day = 86_400;

    private readonly RefusalLog _refusals;
    private OverlaySnapshot? _last;

    internal OverlayMeter(NodeMetrics metrics, Func<Task<OverlaySnapshot>> snapshot, RefusalLog refusals, CertificateRegister certificates, DateTimeOffset started)
    {
        _refusals = refusals;
        metrics.AddSource(async () => Volatile.Write(ref _last, await snapshot()));
        var meter = metrics.Meter;
        meter.CreateObservableGauge("mixmq.start_time", () => started.ToUnixTimeSeconds(), "s", "When this process started, Unix time.");
        meter.CreateObservableGauge("mixmq.certificate.not_after", () => certificates.Reports[0].NotAfter.ToUnixTimeSeconds() / Day * Day, "s", "Day on which the own TLS certificate ends, Unix time.");
        meter.CreateObservableGauge("mixmq.links", Links, "{link}", "Links to peers, by state.");
        Gauge("mixmq.connections", "{connection}", "Connections that are there, authenticated or not.", last => last.Connections);
        Gauge("mixmq.handshakes", "{connection}", "Connections whose handshake is under way.", last => last.Handshakes);
        Gauge("mixmq.packets.held", "{packet}", "Packets that wait for their delay to pass.", last => last.Delayed);
        Counter("mixmq.packets.relayed", "{packet}", "Packets relayed.", last => last.Relayed);
        Counter("mixmq.packets.ended", "{packet}", "Packets that ended at this node.", last => last.Delivered);
        Gauge("mixmq.topology.records", "{record}", "Link-state records held.", last => last.TopologyRecords);
        Gauge("mixmq.topology.quarantined", "{origin}", "Origins whose records contradict each other.", last => last.QuarantinedOrigins);
        meter.CreateObservableCounter("mixmq.drops", () => Each(last => last.Drops.Select(drop => (drop.Cause.ToString(), drop.Count))), "{drop}", "Packets, cells and records dropped, by reason.");
        meter.CreateObservableCounter("mixmq.links.refused", () => Each(last => last.Refusals.Select(refusal => (refusal.Reason.ToString(), refusal.Count))), "{connection}", "Connections turned away in the link handshake, by reason.");
        meter.CreateObservableCounter("mixmq.connections.refused", () => Refused(count => count.Accepted), "{connection}", "Connections of others that failed before the link handshake, by reason.");
        meter.CreateObservableCounter("mixmq.dials.failed", () => Refused(count => count.Dialled), "{connection}", "Own connections that failed before the link handshake, by reason.");

        void Gauge(string name, string unit, string description, Func<OverlaySnapshot, long> value) => meter.CreateObservableGauge(name, () => Value(value), unit, description);

        void Counter(string name, string unit, string description, Func<OverlaySnapshot, long> value) => meter.CreateObservableCounter(name, () => Value(value), unit, description);
    }

    private long Value(Func<OverlaySnapshot, long> value) => Volatile.Read(ref _last) is { } last ? value(last) : 0;

    private IEnumerable<Measurement<long>> Links()
    {
        var last = Volatile.Read(ref _last);
        return Enum.GetValues<LinkStatus>().Select(state => Labelled(last?.Links.Count(link => link.Status == state) ?? 0, "state", state.ToString().ToLowerInvariant()));
    }

    private IEnumerable<Measurement<long>> Each(Func<OverlaySnapshot, IEnumerable<(string Reason, long Count)>> counts) =>
        Volatile.Read(ref _last) is { } last ? counts(last).Select(count => Labelled(count.Count, "reason", count.Reason)) : [];

    private IEnumerable<Measurement<long>> Refused(Func<(TlsFailure Failure, long Accepted, long Dialled), long> which) =>
        _refusals.Counts.Where(count => which(count) > 0).Select(count => Labelled(which(count), "reason", count.Failure.ToString()));

    private static Measurement<long> Labelled(long value, string label, string word) => new(value, new KeyValuePair<string, object?>(label, word));
}
