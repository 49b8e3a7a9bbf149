using MixMq.Storage;
using MixMq.Storage.Sqlite;
using MixMq.Transport.Metrics;

namespace MixMq.Node.Metrics;

/// <summary>What stands in a node's store: counters that outlive the process, what waits and for how long, and how much room it takes.</summary>
internal sealed class StoreMeter
{
    private StoreCounts? _counts;
    private StoreFigures? _figures;

    internal StoreMeter(NodeMetrics metrics, SqliteMessageStore store, TimeProvider time)
    {
        metrics.AddSource(() =>
        {
            Volatile.Write(ref _counts, store.RecentCounts());
            Volatile.Write(ref _figures, store.Figures());
            return Task.CompletedTask;
        });
        var meter = metrics.Meter;
        Counter("mixmq.messages.acknowledged", "Messages that the recipients have.", counts => counts.Acknowledged);
        Counter("mixmq.messages.expired", "Messages that expired.", counts => counts.Expired);
        Counter("mixmq.messages.consumed", "Messages that applications have consumed.", counts => counts.Consumed);
        Gauge("mixmq.messages.pending", "Messages in the outbox that aren't settled.", counts => counts.Pending);
        Gauge("mixmq.messages.waiting", "Messages in the inbox that aren't consumed.", counts => counts.Waiting);
        Gauge("mixmq.messages.held", "Messages in the inbox behind one that hasn't come.", counts => counts.Held);
        Gauge("mixmq.messages.dead", "Messages that no consumer could take.", counts => counts.DeadLetters);
        Gauge("mixmq.store.quarantined", "Rows that the disk has damaged.", counts => counts.Quarantined);
        Gauge("mixmq.store.gaps", "Records of messages that are lost.", counts => counts.Gaps);
        meter.CreateObservableGauge("mixmq.store.size", () => Volatile.Read(ref _figures)?.FileBytes ?? 0, "By", "The database and its log.");
        meter.CreateObservableGauge("mixmq.store.short", () => store.IsShortOfSpace ? 1L : 0L, "{store}", "1: the disk is full, and nothing new is accepted.");
        Age("mixmq.messages.pending.age", "Age of the oldest message that isn't settled; 0: there is none.", figures => figures.OldestPendingUnixMillis);
        Age("mixmq.messages.waiting.age", "Age of the oldest message that isn't consumed; 0: there is none.", figures => figures.OldestWaitingUnixMillis);

        void Counter(string name, string description, Func<StoreCounts, long> value) => meter.CreateObservableCounter(name, () => Value(value), "{message}", description);

        void Gauge(string name, string description, Func<StoreCounts, long> value) => meter.CreateObservableGauge(name, () => Value(value), "{message}", description);

        void Age(string name, string description, Func<StoreFigures, long?> since) => meter.CreateObservableGauge(
            name,
            () => Volatile.Read(ref _figures) is { } figures && since(figures) is { } first ? Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - first) / 1000.0 : 0,
            "s",
            description);
    }

    private long Value(Func<StoreCounts, long> value) => Volatile.Read(ref _counts) is { } counts ? value(counts) : 0;
}
