using System.Collections.Immutable;
using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;

namespace MixMq.Endpoint;

/// <summary>Plain numbers about an endpoint core, for status displays. Counters start with the process.</summary>
public sealed record EndpointSnapshot
{
    /// <summary>Messages accepted.</summary>
    public required long Accepted { get; init; }

    /// <summary>Submissions refused.</summary>
    public required long Refused { get; init; }

    /// <summary>Messages acknowledged.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Messages reported expired.</summary>
    public required long Expired { get; init; }

    /// <summary>Messages unsettled now, expiring ones included.</summary>
    public required int Unsettled { get; init; }

    /// <summary>Of these, messages that wait for their tombstone's acknowledgement.</summary>
    public required int Expiring { get; init; }

    /// <summary>Of those unsettled, messages that are in the store alone until their turn comes.</summary>
    public int Waiting { get; init; }

    /// <summary>Messages watched until they expire, settled ones among them that weren't cleared away yet: at most about as many as are unsettled, and a thousand.</summary>
    public int Watched { get; init; }

    /// <summary>Recipients to whom messages wait and no path leads now.</summary>
    public required int UnreachableRecipients { get; init; }

    /// <summary>Messages (not tombstones) taken into the inbox.</summary>
    public required long Received { get; init; }

    /// <summary>Tombstones taken into the inbox.</summary>
    public required long ReceivedTombstones { get; init; }

    /// <summary>Fragments and tombstones that came again after they were stored, or while they were being stored.</summary>
    public required long DuplicateFragments { get; init; }

    /// <summary>Fragments and tombstones sent, repetitions included.</summary>
    public required long FragmentsSent { get; init; }

    /// <summary>Of these, repetitions.</summary>
    public required long Retransmissions { get; init; }

    /// <summary>Acknowledgement frames sent.</summary>
    public required long AcknowledgementsSent { get; init; }

    /// <summary>Acknowledgement frames whose tag was right.</summary>
    public required long AcknowledgementsReceived { get; init; }

    /// <summary>Packets handed to the links.</summary>
    public required long PacketsSent { get; init; }

    /// <summary>Marks sent: which start of this node writes, or reads, in a conversation.</summary>
    public long MarksSent { get; init; }

    /// <summary>Settled messages that are sent again, because the recipient has lost them.</summary>
    public long Recalled { get; init; }

    /// <summary>Reads of the store for such messages under way now.</summary>
    public int RecallsUnderWay { get; init; }

    /// <summary>Messages that came again in another place, and weren't given to the application again.</summary>
    public long Repeated { get; init; }

    /// <summary>Refusals sent to senders whose messages the inbox had no room for.</summary>
    public long RefusalsSent { get; init; }

    /// <summary>Refusals received whose tag was right.</summary>
    public long RefusalsReceived { get; init; }

    /// <summary>Messages of this node's that were ended before their time, because their recipients take no contents as long.</summary>
    public long TooLarge { get; init; }

    /// <summary>Conversations of this node's whose messages the recipients refuse for now.</summary>
    public int HeldBackConversations { get; init; }

    /// <summary>
    /// Conversations of this node's of which nothing leaves now: another one of the same name is with the same recipient under another address, and they become one as soon as the recipient has said
    /// which it has, or what is under way in them is done (spec/07 §19).
    /// </summary>
    public int JoiningConversations { get; init; }

    /// <summary>Conversations of this node's with something unsettled that isn't delivered: they can't become one with another one of their name (spec/07 §19).</summary>
    public int ApartConversations { get; init; }

    /// <summary>Messages that take room of the inbox: not consumed, dead letters, and those being gathered.</summary>
    public long InboxMessages { get; init; }

    /// <summary>Their contents.</summary>
    public long InboxBytes { get; init; }

    /// <summary>Of the messages accepted and not settled, those that are anonymous.</summary>
    public int AnonymousUnsettled { get; init; }

    /// <summary>Anonymous messages that were received and whose reply is waited for, or isn't known to be known.</summary>
    public int Questions { get; init; }

    /// <summary>Replies to anonymous messages that aren't known to have arrived.</summary>
    public int Replies { get; init; }

    /// <summary>View summaries sent, repetitions included.</summary>
    public long ViewSummariesSent { get; init; }

    /// <summary>View summaries answered.</summary>
    public long ViewAnswersSent { get; init; }

    /// <summary>How this node's view of the network compares with those of its correspondents.</summary>
    public ViewComparison Views { get; init; } = ViewComparison.None;

    /// <summary>What this node's loops say about whether its packets come through.</summary>
    public LoopReport Loops { get; init; } = LoopReport.None;

    /// <summary>Consumers there now.</summary>
    public int Consumers { get; init; }

    /// <summary>Partials open now.</summary>
    public required int Partials { get; init; }

    /// <summary>Pings sent.</summary>
    public long PingsSent { get; init; }

    /// <summary>Of these, those that were answered in time.</summary>
    public long PingsAnswered { get; init; }

    /// <summary>Answers to others' pings sent.</summary>
    public long PingAnswersSent { get; init; }

    /// <summary>Outbound content bytes in memory now.</summary>
    public required long HeldContentBytes { get; init; }

    /// <summary>Bytes handed to the store and not yet durable.</summary>
    public required long UncommittedBytes { get; init; }

    /// <summary>Mean of the smoothed round trips of the recipients that have one, milliseconds; 0: none has.</summary>
    public required double RoundTripMs { get; init; }

    /// <summary>What was dropped, by cause; causes without a drop are left out.</summary>
    public required ImmutableSortedDictionary<InboundDrop, long> Drops { get; init; }

    /// <summary>Different paths taken (up to the statistics' bound).</summary>
    public required int DifferentPaths { get; init; }

    /// <summary>Fewest links of a path taken; 0: none taken.</summary>
    public required int MinPathLinks { get; init; }

    /// <summary>Most links of a path taken.</summary>
    public required int MaxPathLinks { get; init; }

    /// <summary>Packets whose path had the nearest length, because none of the network's length exists.</summary>
    public required long PathsOfNearestLength { get; init; }
}
