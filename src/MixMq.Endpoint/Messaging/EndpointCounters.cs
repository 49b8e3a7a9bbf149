using System.Collections.Immutable;

namespace MixMq.Endpoint.Messaging;

/// <summary>The core's counters.</summary>
internal sealed class EndpointCounters
{
    private static readonly InboundDrop[] Causes = Enum.GetValues<InboundDrop>();
    private readonly long[] _drops = new long[Causes.Length];

    public long Accepted { get; set; }

    public long Refused { get; set; }

    public long Acknowledged { get; set; }

    public long Expired { get; set; }

    public long Received { get; set; }

    public long ReceivedTombstones { get; set; }

    public long DuplicateFragments { get; set; }

    public long FragmentsSent { get; set; }

    public long Retransmissions { get; set; }

    public long AcknowledgementsSent { get; set; }

    public long AcknowledgementsReceived { get; set; }

    public long MarksSent { get; set; }

    public long Recalled { get; set; }

    public long Repeated { get; set; }

    public long RefusalsSent { get; set; }

    public long RefusalsReceived { get; set; }

    public long PacketsSent { get; set; }

    public long ViewSummariesSent { get; set; }

    public long ViewAnswersSent { get; set; }

    public long ViewRounds { get; set; }

    public long PingsSent { get; set; }

    public long PingsAnswered { get; set; }

    public long PingAnswersSent { get; set; }

    public void Drop(InboundDrop cause) => _drops[(int)cause]++;

    public ImmutableSortedDictionary<InboundDrop, long> Drops() =>
        Causes.Where(cause => _drops[(int)cause] > 0).ToImmutableSortedDictionary(cause => cause, cause => _drops[(int)cause]);
}
