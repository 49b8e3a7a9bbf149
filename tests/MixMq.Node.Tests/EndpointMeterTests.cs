using System.Collections.Immutable;
using System.Text.RegularExpressions;
using MixMq.Endpoint;
using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Node.Metrics;
using MixMq.Sphinx;
using MixMq.Transport.Metrics;

namespace MixMq.Node.Tests;

/// <summary>What a node measures of its messages is right, and says of nobody that it was his.</summary>
public sealed partial class EndpointMeterTests : IDisposable
{
    private readonly NodeMetrics _metrics = new();
    private readonly SteppedClock _clock = new();
    private readonly EndpointMeter _meter;

    public EndpointMeterTests() => _meter = new EndpointMeter(_metrics, () => Task.FromResult(Snapshot), _clock);

    private static EndpointSnapshot Snapshot { get; } = new()
    {
        Accepted = 1, Refused = 0, Acknowledged = 1, Expired = 0, Unsettled = 17, Expiring = 0, UnreachableRecipients = 0, Received = 0, ReceivedTombstones = 0, DuplicateFragments = 0,
        FragmentsSent = 29, Retransmissions = 0, AcknowledgementsSent = 0, AcknowledgementsReceived = 0, PacketsSent = 0, Partials = 0, HeldContentBytes = 0, UncommittedBytes = 0,
        RoundTripMs = 250, Drops = ImmutableSortedDictionary<InboundDrop, long>.Empty.Add(InboundDrop.UnknownFrame, 4), DifferentPaths = 0, MinPathLinks = 0, MaxPathLinks = 0,
        PathsOfNearestLength = 0,
        Loops = new LoopReport
        {
            Forward = new LoopFigures { Sent = 40, Returned = 30, Lost = 6, Late = 2, Dropped = 3, UnderWay = 1, Measured = 30, MedianMs = 250, Percentile99Ms = 1500, ExcessMs = 20 },
            Surb = new LoopFigures { Sent = 38 }, NotSent = 5, IsLosing = true,
        },
    };

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task Latency_is_from_acceptance_to_acknowledgement_of_what_was_acknowledged()
    {
        _meter.Observe(
        [
            Settled(OutboxStatus.Acknowledged, 10_000, 10_400), Settled(OutboxStatus.Acknowledged, 10_000, 13_000), Settled(OutboxStatus.Acknowledged, 10_000, 9_000),
            Settled(OutboxStatus.Expired, 10_000, 99_000), Settled(OutboxStatus.Acknowledged, 0, 99_000),
        ]);
        var text = await _metrics.CollectAsync();
        Assert.Contains("mixmq_message_latency_seconds_bucket{le=\"0.05\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_message_latency_seconds_bucket{le=\"0.5\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_message_latency_seconds_sum 3.4\nmixmq_message_latency_seconds_count 3\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Received_messages_have_sizes_intervals_and_where_gathered_durations()
    {
        _meter.Observe([new StoreOperation.AppendInbox(Entry(1, 100))]);
        _clock.Step(7);
        _meter.Observe([new StoreOperation.OpenPartial(Place(2), Id, default, 5_000, 3)]);
        _clock.Step(2);
        _meter.Observe([new StoreOperation.AppendInbox(Entry(2, 5_000))]);
        _meter.Observe([new StoreOperation.AppendInbox(Entry(3, 0) with { Tombstone = true })]);
        var text = await _metrics.CollectAsync();
        Assert.Contains("mixmq_message_received_size_bytes_sum 5100\nmixmq_message_received_size_bytes_count 2\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_message_receive_interval_seconds_sum 9\nmixmq_message_receive_interval_seconds_count 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_message_receive_duration_seconds_sum 2\nmixmq_message_receive_duration_seconds_count 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beginnings_of_messages_are_remembered_up_to_a_bound_and_forgotten_with_them()
    {
        _meter.Observe([.. Enumerable.Range(1, 10_000).Select(i => new StoreOperation.OpenPartial(Place((ulong)i), Id, default, 5_000, 3))]);
        _meter.Observe([new StoreOperation.AppendInbox(Entry(9_999, 10)), new StoreOperation.DropPartial(Place(1)), new StoreOperation.AppendInbox(Entry(1, 10)), new StoreOperation.AppendInbox(Entry(2, 10))]);
        Assert.Contains("mixmq_message_receive_duration_seconds_count 1\n", await _metrics.CollectAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loops_are_counted_by_how_they_go_and_how_they_end()
    {
        var text = await _metrics.CollectAsync();
        foreach (var line in new[]
        {
            "mixmq_loops_sent_total{kind=\"packet\"} 40", "mixmq_loops_sent_total{kind=\"reply\"} 38", "mixmq_loops_returned_total{kind=\"packet\"} 30", "mixmq_loops_lost_total{kind=\"packet\"} 6",
            "mixmq_loops_late_total{kind=\"packet\"} 2", "mixmq_loops_dropped_total{kind=\"packet\"} 3", "mixmq_loops_unsent_total 5", "mixmq_loops_losing 1",
            "mixmq_loop_round_trip_median_seconds{kind=\"packet\"} 0.25", "mixmq_loop_round_trip_high_seconds{kind=\"packet\"} 1.5", "mixmq_loop_excess_seconds{kind=\"packet\"} 0.02",
        })
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Queue_depths_and_drops_come_from_the_core_and_no_label_names_anybody()
    {
        _meter.Observe([new StoreOperation.AppendInbox(Entry(1, 100)), Settled(OutboxStatus.Acknowledged, 10_000, 10_400)]);
        var text = await _metrics.CollectAsync();
        Assert.Contains("mixmq_messages_unsettled 17\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_fragments_sent_total 29\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_message_round_trip_seconds 0.25\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_messages_dropped_total{reason=\"UnknownFrame\"} 4\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("zq7", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Place(1).Sender.ToString(), text, StringComparison.Ordinal);
        Assert.All(Label().Matches(text), label => Assert.True(
            label.Groups["key"].Value switch
            {
                "le" => true,
                "kind" => label.Groups["value"].Value is "packet" or "reply",
                "reason" => Enum.TryParse<InboundDrop>(label.Groups["value"].Value, out _),
                _ => false,
            },
            label.Value));

        // What a bundle lets through is all of it.
        Assert.Equal(text.Split('\n').Count(line => line.Length > 0 && line[0] != '#'), MetricsFilter.Only(text).Split('\n').Length - 1);
    }

    private static MessageId Id { get; } = MessageId.FromBytes(new byte[MessageId.ByteCount]);

    private static Place Place(ulong sequence) => new(NodeAddress.FromBytes(new byte[NodeAddress.ByteLength]), ConversationId.OfName("zq7"), sequence);

    private static StoreOperation.SettleOutbox Settled(OutboxStatus status, long from, long to) => new(Id, status, to) { CreatedUnixMillis = from };

    private static InboxEntry Entry(ulong sequence, int bytes) => new()
    {
        Place = Place(sequence), ConversationName = "zq7", Id = Id, Label = "zq7", CreatedUnixMillis = 1, ExpiresUnixMillis = 2, Content = new byte[bytes], Tombstone = false,
        State = InboxState.Ready, Position = sequence, ReceivedUnixMillis = 3,
    };

    [GeneratedRegex("\\{(?<key>[^=]*)=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();
}
