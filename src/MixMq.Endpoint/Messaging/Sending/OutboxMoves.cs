using System.Collections.Immutable;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Moves messages behind what the recipient has of this node and this node no longer knows: their envelopes name their places, so each is signed anew, and all of them change in
/// one transaction. Those that are in the store alone are moved there, and signed when they are loaded.
/// </summary>
internal sealed class OutboxMoves(MessagingContext context, Submissions submissions)
{
    private readonly Dictionary<RequestId, (Move Move, OutboundMessage Message)> _unsigned = [];

    /// <summary>
    /// Whether nothing stands in the way: a message that is just becoming a tombstone has its place in what is being signed, what the store is being asked for is told with its place,
    /// and what was fetched from those that wait, to be replaced by its tombstone, must go back to them, for they move as one. If something does, nothing further is asked for until it is gone.
    /// </summary>
    public static bool MayBegin(OutboundConversation conversation, ulong first)
    {
        conversation.Waiting.MoveWanted = conversation.Waiting.Reading
            || conversation.Correspondent.Lookups > 0
            || conversation.From(first).Any(message => message.Envelope.Length == 0 || (message.Expiring && !message.Tombstone) || conversation.IsFetched(message));
        return !conversation.Waiting.MoveWanted;
    }

    /// <summary>Begins to move what stands at and above a place to another and those behind it.</summary>
    /// <param name="conversation">Which one.</param>
    /// <param name="first">The lowest place that moves.</param>
    /// <param name="target">Where it moves to; above anything that the recipient has.</param>
    /// <param name="unknown">From here to below the target it isn't known what the recipient has.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void Begin<TSink>(OutboundConversation conversation, ulong first, ulong target, ulong unknown, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        conversation.Exchange.Moving = true;
        conversation.Exchange.Resigning = true;
        conversation.Exchange.FirstGap = conversation.Exchange.FirstGap == 0 ? unknown : Math.Min(conversation.Exchange.FirstGap, unknown);
        var gap = new Gap(GapKind.Sent, conversation.Correspondent.Address, conversation.Id, conversation.Name, unknown, target - 1, now.UnixMillis);
        var (messages, waiting) = conversation.Move(first, target);
        var move = new Move(conversation, gap, [.. messages.Where(message => message.Stored)], waiting);
        submissions.OnMoved(conversation, ref sink);
        foreach (var message in move.Messages)
        {
            var id = context.NextRequestId();
            message.Envelope = Envelope.AtSequence(message.Envelope, message.Sequence);
            _unsigned.Add(id, (move, message));
            sink.RequestSign(id, Envelope.SignedMessage(message.Envelope, context.Options.Network.Definition));
        }

        if (move.Messages.Length == 0)
        {
            Store(move, now);
        }
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>False: not of a message that is being moved.</returns>
    public bool HandleSigned(RequestId id, ReadOnlySpan<byte> signature, Moment now)
    {
        if (!_unsigned.Remove(id, out var signed))
        {
            return false;
        }

        Envelope.SetSignature(signed.Message.Envelope, signature);
        if (++signed.Move.Signed == signed.Move.Messages.Length)
        {
            Store(signed.Move, now);
        }

        return true;
    }

    private void Store(Move move, Moment now)
    {
        var moved = move.Messages.Select(message => new MovedMessage(message.Id, message.Sequence, message.Envelope)).ToImmutableArray();
        context.Store.Add(new StoreOperation.MoveOutbox(move.Gap, moved, move.NextSequence, move.Waiting), moved.Sum(message => message.Envelope.Length));
        context.Store.Then(CommitEffectKind.OutboxMoved, move.Conversation);
        move.Conversation.Exchange.Tentative = 0;
        move.Conversation.Exchange.Resigning = false;
        submissions.Resume(now);
    }

    private sealed class Move(OutboundConversation conversation, Gap gap, OutboundMessage[] messages, MovedRange? waiting)
    {
        public OutboundConversation Conversation { get; } = conversation;

        public Gap Gap { get; } = gap;

        /// <summary>Behind what the store knows; what isn't stored yet takes its places from there.</summary>
        public ulong NextSequence { get; } = Math.Max(messages.Length > 0 ? messages[^1].Sequence + 1 : gap.Last + 1, waiting?.TargetEnd ?? 0);

        /// <summary>What moves in the store alone.</summary>
        public MovedRange? Waiting { get; } = waiting;

        public OutboundMessage[] Messages { get; } = messages;

        public int Signed { get; set; }
    }
}
