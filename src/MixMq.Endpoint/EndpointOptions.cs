using System.Collections.Immutable;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Endpoint;

/// <summary>What an <see cref="EndpointCore"/> is set up with. Immutable; <see cref="Validate"/> tells everything that is wrong at once.</summary>
public sealed record EndpointOptions
{
    /// <summary>The network's parameters; its lane A capacity must be at least <see cref="Messaging.MessagingConstants.MinMessageCapacity"/>.</summary>
    public required NetworkParameters Network { get; init; }

    /// <summary>This node's address.</summary>
    public required NodeAddress Own { get; init; }

    /// <summary>Its addresses before, the oldest first, where its key was changed; its store must be the one that it had under these.</summary>
    public ImmutableArray<NodeAddress> Former { get; init; } = [];

    /// <summary>The address under which correspondents know this node, and that its frames and envelopes have: the first one that it had.</summary>
    public NodeAddress KnownAs => Former.IsEmpty ? Own : Former[0];

    /// <summary>Whether an address is, or was, this node's.</summary>
    /// <param name="address">Any.</param>
    /// <returns>Whether what is addressed to it is for this node.</returns>
    public bool IsOwn(NodeAddress address) => address == Own || Former.Contains(address);

    /// <summary>Mean of the exponential delay drawn for each relay, milliseconds; 0: no mixing.</summary>
    public double MeanDelayMs { get; init; } = 50;

    /// <summary>Who may write to this node at first (<see cref="EndpointCore.HandleSenders"/>); null: every node whose signature verifies, within the quotas.</summary>
    public ImmutableHashSet<NodeAddress>? AllowedSenders { get; init; }

    /// <summary>Expiry of a message whose sender says none, milliseconds: 7 days.</summary>
    public long DefaultExpiryMillis { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>Greatest expiry that may be asked for, milliseconds: 30 days.</summary>
    public long MaxExpiryMillis { get; init; } = 30L * 24 * 3600 * 1000;

    /// <summary>Unsettled messages in the outbox.</summary>
    public int MaxOutboxMessages { get; init; } = 4_000_000;

    /// <summary>Content bytes of unsettled messages in the outbox (in the store): 2 GiB.</summary>
    public long MaxOutboxBytes { get; init; } = 2L << 30;

    /// <summary>Unsettled messages in the outbox for one recipient.</summary>
    public int MaxOutboxMessagesPerRecipient { get; init; } = 2_000_000;

    /// <summary>Unsettled messages that are loaded from the store at once; of a conversation about four times as many are in memory, the others wait in the store: 1 to 1024.</summary>
    public int OutboxPage { get; init; } = 256;

    /// <summary>Unsettled messages in memory beyond which only a few of each conversation are loaded; from half of them on, conversations in which nothing is acknowledged give back theirs, and don't count.</summary>
    public int MaxLoadedMessages { get; init; } = 65_536;

    /// <summary>Conversations in which this node sends; they are kept for ever.</summary>
    public int MaxOutboundConversations { get; init; } = 65_536;

    /// <summary>Greatest content that this node sends, and takes, bytes: 1 GiB. At most <see cref="Messaging.MessagingConstants.MaxContentBytes"/>.</summary>
    public long MaxContentBytes { get; init; } = 1L << 30;

    /// <summary>Contents up to this many bytes are kept in memory and stored whole, longer ones in parts: 4 MiB, which is also the most.</summary>
    public int WholeContentBytes { get; init; } = Messaging.MessagingConstants.MaxWholeContentBytes;

    /// <summary>Outbound content bytes kept in memory; what is beyond is read again when it is needed. At least 4 MiB: default 64 MiB.</summary>
    public long MaxHeldContentBytes { get; init; } = 64L << 20;

    /// <summary>Bytes handed to the store and not yet durable; beyond, submissions are refused and packets dropped: 32 MiB.</summary>
    public long MaxUncommittedBytes { get; init; } = 32L << 20;

    /// <summary>Messages of one sender in the inbox that aren't consumed, dead letters and partials included; beyond, further ones are refused for now.</summary>
    public long MaxInboxMessagesPerSender { get; init; } = 65_536;

    /// <summary>Their content bytes: 2 GiB. At least twice <see cref="MaxContentBytes"/>: what is ahead of a gap in its conversation may take half.</summary>
    public long MaxInboxBytesPerSender { get; init; } = 2L << 30;

    /// <summary>The same for all senders together.</summary>
    public long MaxInboxMessages { get; init; } = 524_288;

    /// <summary>The same for all senders together: 16 GiB.</summary>
    public long MaxInboxBytes { get; init; } = 16L << 30;

    /// <summary>Content bytes of partials of one sender: 1 GiB and 64 MiB.</summary>
    public long MaxPartialBytesPerSender { get; init; } = (1L << 30) + (64L << 20);

    /// <summary>Content bytes of all partials: 4 GiB.</summary>
    public long MaxPartialBytes { get; init; } = 4L << 30;

    /// <summary>Conversations of one sender; what opens a further one is dropped.</summary>
    public int MaxConversationsPerSender { get; init; } = 1024;

    /// <summary>Inbound conversations of all senders.</summary>
    public int MaxInboundConversations { get; init; } = 65_536;

    /// <summary>Bytes of fragments whose envelope hasn't been seen yet: 4 MiB. The oldest go first.</summary>
    public int MaxUnverifiedBytes { get; init; } = 4 << 20;

    /// <summary>Envelopes being verified at once; beyond, fragments are dropped.</summary>
    public int MaxVerifications { get; init; } = 256;

    /// <summary>Fragments in flight to one recipient at first.</summary>
    public int InitialWindow { get; init; } = 64;

    /// <summary>Fragments in flight to one recipient at most.</summary>
    public int MaxWindow { get; init; } = 512;

    /// <summary>Packets with fragments per second, to all recipients together.</summary>
    public double PacketsPerSecond { get; init; } = 1000;

    /// <summary>Packets that may leave at once after a pause.</summary>
    public int PacketBurst { get; init; } = 32;

    /// <summary>Added to a round trip's percentile for crypto, queues and the acknowledgement's delay, milliseconds.</summary>
    public int TimeoutSlackMs { get; init; } = 300;

    /// <summary>Greatest time between two sendings of a fragment (before jitter), milliseconds.</summary>
    public int MaxBackOffMs { get; init; } = 60_000;

    /// <summary>How long the store keeps what was settled, milliseconds: 7 days. For so long recipients are told of conversations in which nothing is under way.</summary>
    public long KeptMillis { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>Mean time after the last outcome until a recipient is told so for the first time, milliseconds: 2 hours, doubling; 0: it isn't.</summary>
    public long ReminderMillis { get; init; } = 2L * 3600 * 1000;

    /// <summary>Least time between two acknowledgements of one conversation, milliseconds.</summary>
    public int AckIntervalMs { get; init; } = 50;

    /// <summary>How long an acknowledgement waits for company, milliseconds; below <see cref="AckIntervalMs"/>.</summary>
    public int AckGatherMs { get; init; } = 10;

    /// <summary>Mean time between two comparisons of views with one correspondent, milliseconds; 0: this node compares none, and still answers.</summary>
    public int ViewRoundMs { get; init; } = 60_000;

    /// <summary>Views are compared with whom this node has heard within this time, milliseconds: 10 minutes.</summary>
    public long ViewTalkMs { get; init; } = 10 * 60_000;

    /// <summary>Correspondents with whom views are compared.</summary>
    public int MaxComparedCorrespondents { get; init; } = 32;

    /// <summary>Whether messages are taken whose sender isn't told.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Anonymous messages in the inbox that aren't consumed, whoever sent them, dead letters and those being gathered included; beyond, further ones are refused for now.</summary>
    public long MaxAnonymousMessages { get; init; } = 1024;

    /// <summary>Their content bytes: 64 MiB.</summary>
    public long MaxAnonymousBytes { get; init; } = 64L << 20;

    /// <summary>Mean time after a start before a loaded anonymous message is sent again, milliseconds.</summary>
    public int AnonymousStartMs { get; init; } = 10_000;

    /// <summary>Packets a minute that this node sends to itself, to see whether they come back; 0: none. A mean: they leave at the times of a Poisson process.</summary>
    public double LoopsPerMinute { get; init; }

    /// <summary>Of these, the share that goes as replies by SURBs for this node itself, 0 to 1.</summary>
    public double LoopSurbShare { get; init; } = Loops.LoopLimits.DefaultSurbPercent / 100.0;

    /// <summary>Everything that is wrong with the options, a sentence each; empty: nothing.</summary>
    public ImmutableArray<string> Validate()
    {
        var errors = ImmutableArray.CreateBuilder<string>();
        void Require(bool holds, string error)
        {
            if (!holds)
            {
                errors.Add(error);
            }
        }

        Require(
            Network.Definition.Geometry.MessageCapacity >= Messaging.MessagingConstants.MinMessageCapacity,
            "The network's packet body is too small for messaging: it must be at least 880 bytes.");
        Require(double.IsFinite(MeanDelayMs) && MeanDelayMs >= 0 && MeanDelayMs <= Network.Definition.MaxDelayMs, "The mean delay must be from 0 to the network's greatest delay.");
        Require(MaxExpiryMillis > 0 && MaxExpiryMillis <= 366L * 24 * 3600 * 1000, "The greatest expiry must be positive and at most 366 days.");
        Require(DefaultExpiryMillis > 0 && DefaultExpiryMillis <= MaxExpiryMillis, "The default expiry must be positive and at most the greatest expiry.");
        Require(MaxOutboxMessages > 0 && MaxOutboxMessagesPerRecipient > 0 && MaxOutboxBytes > 0 && MaxOutboundConversations > 0, "The outbox limits must be positive.");
        Require(OutboxPage is >= 1 and <= Messaging.MessagingConstants.SequenceWindow && MaxLoadedMessages > 0, "The page of the outbox must be 1 to 1024 messages, and the limit of those loaded positive.");
        Require(MaxContentBytes is > 0 and <= Messaging.MessagingConstants.MaxContentBytes, "The greatest content must be positive and below 4 GiB.");
        Require(WholeContentBytes is > 0 and <= Messaging.MessagingConstants.MaxWholeContentBytes, "The greatest content that is stored whole must be positive and at most 4 MiB.");
        Require(MaxHeldContentBytes >= Messaging.MessagingConstants.MaxWholeContentBytes, "The held content must be at least one greatest whole content (4 MiB).");
        Require(MaxUncommittedBytes >= 2L * Messaging.MessagingConstants.MaxWholeContentBytes, "The uncommitted bytes must be at least two greatest whole contents (8 MiB).");
        Require(
            MaxPartialBytesPerSender >= Messaging.MessagingConstants.MaxWholeContentBytes && MaxPartialBytes >= MaxPartialBytesPerSender,
            "The partial quota of a sender must hold one whole content (4 MiB), and the quota of all must not be below it.");
        Require(MaxConversationsPerSender > 0 && MaxInboundConversations > 0 && MaxVerifications > 0, "The inbound limits must be positive.");
        Require(
            MaxInboxMessagesPerSender >= 2 && MaxInboxBytesPerSender >= 2 * MaxContentBytes,
            "The inbox quota of a sender must be at least two messages, and twice the greatest content.");
        Require(
            MaxInboxMessages >= MaxInboxMessagesPerSender && MaxInboxBytes >= MaxInboxBytesPerSender, "The inbox quota of all must not be below that of one sender.");
        Require(MaxUnverifiedBytes >= 64 * 1024, "The room for unverified fragments must be at least 64 KiB.");
        Require(InitialWindow >= 1 && InitialWindow <= MaxWindow && MaxWindow <= 4096, "The windows must satisfy 1 ≤ initial ≤ greatest ≤ 4096.");
        Require(double.IsFinite(PacketsPerSecond) && PacketsPerSecond >= 1 && PacketBurst >= 1, "Packets per second and burst must be at least 1.");
        Require(TimeoutSlackMs >= 0 && MaxBackOffMs >= 1000, "The timeout slack must not be negative, the greatest back-off at least 1000 ms.");
        Require(AckGatherMs >= 0 && AckIntervalMs >= AckGatherMs && AckIntervalMs <= 1000, "The acknowledgement times must satisfy 0 ≤ gather ≤ interval ≤ 1000 ms.");
        Require(KeptMillis is > 0 and <= 366L * 24 * 3600 * 1000 && ReminderMillis is 0 or (>= 1000 and <= 366L * 24 * 3600 * 1000), "What was settled must be kept for at most 366 days, and reminders be 0 (none) or from a second on.");
        Require(ViewRoundMs is 0 or (>= 10_000 and <= 3_600_000), "The time between comparisons of views must be 0 (none) or 10 seconds to an hour.");
        Require(ViewTalkMs >= ViewRoundMs && ViewTalkMs <= 24L * 3_600_000, "The time for which a correspondent counts as talking must be from one comparison to a day.");
        Require(MaxComparedCorrespondents is >= 1 and <= 1024, "The correspondents compared with must be 1 to 1024.");
        Require(MaxAnonymousMessages > 0 && MaxAnonymousBytes > 0, "The inbox quota of anonymous messages must be positive.");
        Require(AnonymousStartMs is >= 0 and <= 3_600_000, "The time before anonymous messages are sent again after a start must be 0 to an hour.");
        Require(double.IsFinite(LoopsPerMinute) && LoopsPerMinute >= 0 && LoopsPerMinute <= Loops.LoopLimits.MaxPerMinute, "The loops a minute must be 0 (none) to 600.");
        Require(LoopSurbShare is >= 0 and <= 1, "The share of loops by SURB must be from 0 to 1.");
        Require(
            Former.Length <= MapLimits.MaxSuccessors && !Former.Contains(Own) && Former.Distinct().Count() == Former.Length,
            "The former addresses must be different from each other and from the present one, and at most 16.");
        return errors.ToImmutable();
    }
}
