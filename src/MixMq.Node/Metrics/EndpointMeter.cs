using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using MixMq.Endpoint;
using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Transport.Metrics;

namespace MixMq.Node.Metrics;

/// <summary>
/// What a node's messages take: latencies, intervals and sizes, seen in what the core has stored, and the core's own counters. A message costs a few comparisons, a
/// packet nothing. Of correspondents and conversations nothing is told apart.
/// </summary>
internal sealed class EndpointMeter
{
    /// <summary>Messages of several fragments whose beginning is remembered; of more no duration is measured.</summary>
    private const int MostOpen = 4096;

    private static readonly double[] Seconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400, 604_800];
    private static readonly double[] Bytes = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216, 134_217_728, 1_073_741_824];

    private readonly Dictionary<Place, long> _open = [];
    private readonly TimeProvider _time;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _interval;
    private readonly Histogram<double> _sent;
    private readonly Histogram<double> _received;
    private long _lastReceived;
    private EndpointSnapshot? _last;

    internal EndpointMeter(NodeMetrics metrics, Func<Task<EndpointSnapshot>> snapshot, TimeProvider time)
    {
        _time = time;
        var meter = metrics.Meter;
        _latency = Histogram("mixmq.message.latency", "s", "From a message's acceptance to its recipient's acknowledgement.", Seconds);
        _duration = Histogram("mixmq.message.receive.duration", "s", "From a received message's first fragment to its last, for messages of several.", Seconds);
        _interval = Histogram("mixmq.message.receive.interval", "s", "Between one received message and the next.", Seconds);
        _sent = Histogram("mixmq.message.sent.size", "By", "Contents of accepted messages.", Bytes);
        _received = Histogram("mixmq.message.received.size", "By", "Contents of received messages.", Bytes);
        metrics.AddSource(async () => Volatile.Write(ref _last, await snapshot()));
        Gauge("mixmq.messages.unsettled", "{message}", "Messages accepted and neither acknowledged nor expired.", last => last.Unsettled);
        Gauge("mixmq.messages.partial", "{message}", "Messages whose fragments are still coming in.", last => last.Partials);
        Gauge("mixmq.recipients.unreachable", "{recipient}", "Recipients to whom messages wait and no path leads.", last => last.UnreachableRecipients);
        Gauge("mixmq.conversations.refused", "{conversation}", "Own conversations that their recipients refuse for now.", last => last.HeldBackConversations);
        Gauge("mixmq.conversations.joining", "{conversation}", "Own conversations that wait until each has become one with another of its name.", last => last.JoiningConversations);
        Gauge("mixmq.conversations.apart", "{conversation}", "Own conversations that can't become one with another of their name: what waits in them isn't delivered.", last => last.ApartConversations);
        Gauge("mixmq.inbox.messages", "{message}", "Messages that take room of the inbox.", last => last.InboxMessages);
        Gauge("mixmq.inbox.size", "By", "Contents that take room of the inbox.", last => last.InboxBytes);
        Gauge("mixmq.views.differing", "{correspondent}", "Correspondents whose view of the network differs lastingly.", last => last.Views.Differing);
        Gauge("mixmq.views.clock_differs", "{correspondent}", "Correspondents whose clock is far from this node's.", last => last.Views.ClockDiffers);
        Counter("mixmq.fragments.sent", "{fragment}", "Fragments sent, repetitions included.", last => last.FragmentsSent);
        Counter("mixmq.fragments.repeated", "{fragment}", "Fragments sent again.", last => last.Retransmissions);
        Counter("mixmq.fragments.duplicate", "{fragment}", "Fragments that came again.", last => last.DuplicateFragments);
        Counter("mixmq.packets.sent", "{packet}", "Packets handed to the links.", last => last.PacketsSent);
        Counter("mixmq.messages.too_large", "{message}", "Messages that ended before their time because their recipients take no contents as long.", last => last.TooLarge);
        Counter("mixmq.refusals.sent", "{refusal}", "Refusals sent to senders for whom the inbox had no room.", last => last.RefusalsSent);
        meter.CreateObservableGauge("mixmq.message.round_trip", () => (Volatile.Read(ref _last)?.RoundTripMs ?? 0) / 1000, "s", "Mean smoothed round trip from a packet to its acknowledgement.");
        Loops("mixmq.loops.sent", "Packets that this node sent to itself.", loop => loop.Sent);
        Loops("mixmq.loops.returned", "Of them, those that came back in time.", loop => loop.Returned);
        Loops("mixmq.loops.lost", "Of them, those that didn't come back in time.", loop => loop.Lost);
        Loops("mixmq.loops.late", "Of the lost, those that came back later.", loop => loop.Late);
        Loops("mixmq.loops.dropped", "Of them, those that this node itself dropped before they left.", loop => loop.Dropped);
        Counter("mixmq.loops.unsent", "{loop}", "Times at which a loop was due and there was no path for one, or as many were under way as may be.", last => last.Loops.NotSent);
        LoopTimes("mixmq.loop.round_trip.median", "Median round trip of the last loops that came back, as many as 256; 0: none did.", loop => loop.MedianMs);
        LoopTimes("mixmq.loop.round_trip.high", "The round trip below which 99 of 100 of them are.", loop => loop.Percentile99Ms);
        LoopTimes("mixmq.loop.excess", "Mean of what they took beyond the delays that were drawn for them.", loop => loop.ExcessMs);
        Gauge("mixmq.loops.losing", "{state}", "1: of the last loops so many are lost that somebody should see to it.", last => last.Loops.IsLosing ? 1 : 0);
        meter.CreateObservableCounter("mixmq.messages.dropped", Drops, "{drop}", "What came in packets and was dropped, by reason.");

        Histogram<double> Histogram(string name, string unit, string description, double[] bounds) =>
            meter.CreateHistogram(name, unit, description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

        void Gauge(string name, string unit, string description, Func<EndpointSnapshot, long> value) => meter.CreateObservableGauge(name, () => Value(value), unit, description);

        void Loops(string name, string description, Func<LoopFigures, long> value) =>
            meter.CreateObservableCounter(name, () => ByKind(Volatile.Read(ref _last), value), "{loop}", description);

        void LoopTimes(string name, string description, Func<LoopFigures, double> milliseconds) =>
            meter.CreateObservableGauge(name, () => ByKind(Volatile.Read(ref _last), loop => milliseconds(loop) / 1000), "s", description);

        void Counter(string name, string unit, string description, Func<EndpointSnapshot, long> value) => meter.CreateObservableCounter(name, () => Value(value), unit, description);
    }

    /// <summary>Loops are told apart by nothing but how they go, of which relays see nothing.</summary>
    private static IEnumerable<Measurement<T>> ByKind<T>(EndpointSnapshot? last, Func<LoopFigures, T> value)
        where T : struct => last is null ? [] : [new(value(last.Loops.Forward), KeyValuePair.Create<string, object?>("kind", "packet")), new(value(last.Loops.Surb), KeyValuePair.Create<string, object?>("kind", "reply"))];

    /// <summary>Measures what the core stores. On the core's thread.</summary>
    internal void Observe(ImmutableArray<StoreOperation> operations)
    {
        foreach (StoreOperation operation in operations)
        {
            switch (operation)
            {
                case StoreOperation.SettleOutbox { Status: OutboxStatus.Acknowledged, CreatedUnixMillis: > 0 } settled:
                    // By two readings of the wall clock, which may have been set in between.
                    _latency.Record(Math.Max(0, settled.UnixMillis - settled.CreatedUnixMillis) / 1000.0);
                    break;
                case StoreOperation.AppendOutbox appended:
                    _sent.Record(appended.Entry.ContentLength);
                    break;
                case StoreOperation.OpenPartial opened:
                    if (_open.Count < MostOpen)
                    {
                        _open.TryAdd(opened.Place, _time.GetTimestamp());
                    }

                    break;
                case StoreOperation.AppendInbox appended:
                    Received(appended.Entry);
                    break;
                case StoreOperation.DropPartial dropped:
                    _open.Remove(dropped.Place);
                    break;
            }
        }
    }

    private void Received(InboxEntry entry)
    {
        long now = _time.GetTimestamp();
        bool gathered = _open.Remove(entry.Place, out long begun);
        if (entry.Tombstone)
        {
            return;
        }

        if (gathered)
        {
            _duration.Record(_time.GetElapsedTime(begun, now).TotalSeconds);
        }

        if (_lastReceived != 0)
        {
            _interval.Record(_time.GetElapsedTime(_lastReceived, now).TotalSeconds);
        }

        _lastReceived = now;
        _received.Record(entry.Content.Length + entry.PartedContentBytes);
    }

    private long Value(Func<EndpointSnapshot, long> value) => Volatile.Read(ref _last) is { } last ? value(last) : 0;

    private IEnumerable<Measurement<long>> Drops() => Volatile.Read(ref _last) is { } last
        ? last.Drops.Select(drop => new Measurement<long>(drop.Value, new KeyValuePair<string, object?>("reason", drop.Key.ToString())))
        : [];
}
