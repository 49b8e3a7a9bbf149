using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint;

/// <content>What applications do with the inbox: consumers, checkpoints, dead letters; and cancelling what they sent.</content>
public sealed partial class EndpointCore
{
    /// <summary>No checkpoint is under way.</summary>
    public bool HasNoCheckpoints => _checkpoints.IsIdle;

    /// <summary>
    /// A consumer is there. If it was there already, that session is ended as if the consumer had been lost. Once <see cref="IEndpointSink.ConsumerOpened"/> says so, in this call or
    /// later, messages come by <see cref="IEndpointSink.Deliver"/>, as many as are granted.
    /// </summary>
    /// <param name="session">The shell's number for it, never used before, not 0.</param>
    /// <param name="consumer">Its name.</param>
    /// <param name="maxDeliveries">After so many deliveries in vain a message goes to the dead letters: 1 to <see cref="ConsumingLimits.MostMaxDeliveries"/>.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    /// <exception cref="ArgumentException">Not a consumer's name, or a number out of its range.</exception>
    public void HandleConsumer<TSink>(long session, string consumer, int maxDeliveries, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfZero(session);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDeliveries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDeliveries, ConsumingLimits.MostMaxDeliveries);
        if (!ConsumerName.IsValid(consumer))
        {
            throw new ArgumentException("Not a consumer's name.", nameof(consumer));
        }

        _consumers.Open(session, consumer, maxDeliveries, now, ref sink);
        if (!_checkpoints.IsMaking(consumer))
        {
            _consumers.TellOpen(consumer, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>A consumer may be given so many messages more; beyond <see cref="ConsumingLimits.MaxCredit"/> it makes no difference. A session that has ended is passed over, here and below.</summary>
    public void HandleCredit<TSink>(long session, int credit, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfNegative(credit);
        _consumers.Grant(session, credit);
        Drain(now, ref sink);
    }

    /// <summary>A consumer can't take a message that was given to it.</summary>
    /// <param name="session">The consumer's session.</param>
    /// <param name="position">Which message; one that isn't with it is passed over.</param>
    /// <param name="cause">Why, for the dead letter; cut at <see cref="MessagingConstants.MaxCauseChars"/>.</param>
    /// <param name="final">It goes to the dead letters now.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleReject<TSink>(long session, ulong position, string cause, bool final, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(cause);
        _consumers.Reject(session, position, cause, final, now);
        Drain(now, ref sink);
    }

    /// <summary>A consumer has gone: in order, or lost, which counts against what it was at.</summary>
    public void HandleConsumerGone<TSink>(long session, bool lost, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _consumers.Close(session, lost, now);
        Drain(now, ref sink);
    }

    /// <summary>An entry that was to be delivered is consumed in the store.</summary>
    public void HandleVanished<TSink>(ulong position, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _consumers.Vanish(position);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IEndpointSink.ReadInboxHeads"/> and <see cref="IEndpointSink.ReadConversationHeads"/>.</summary>
    public void HandleHeads<TSink>(ContentRequestId id, ReadOnlySpan<InboxHead> heads, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _backlog.HandleHeads(id, heads);
        Drain(now, ref sink);
    }

    /// <summary>An application wants to make a checkpoint; answered by <see cref="IEndpointSink.CheckpointCompleted"/>, once, in this call or later.</summary>
    public void HandleCheckpoint<TSink>(CheckpointRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(request);
        _checkpoints.Handle(request, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IEndpointSink.ReadCheckpoint"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="knowledge">What the store knows of the checkpoint.</param>
    /// <param name="questions">What it knows of the messages that were asked about, in their order.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    /// <exception cref="ArgumentException">Not as many as were asked about.</exception>
    public void HandleCheckpointKnowledge<TSink>(ContentRequestId id, CheckpointKnowledge knowledge, ReadOnlySpan<AnonymousKnowledge> questions, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _checkpoints.HandleKnowledge(id, knowledge, questions, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>An application wants a message of its own to expire now; answered by <see cref="IEndpointSink.CancelCompleted"/>.</summary>
    /// <param name="token">The shell's own number for the request.</param>
    /// <param name="id">The message.</param>
    /// <param name="recipient">To whom it goes, as the store says.</param>
    /// <param name="sequence">Its place in its conversation, as the store says.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleCancel<TSink>(long token, MessageId id, NodeAddress recipient, ulong sequence, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_anonymousOutbox.TryCancel(id, token))
        {
            _outbox.HandleCancel(token, id, recipient, sequence, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>Whether the recipient of a pending message refuses it for now, because its quota is used up. It is asked again until it takes the message in, or the message expires.</summary>
    /// <param name="id">The message.</param>
    /// <param name="recipient">To whom it goes, as the store says.</param>
    /// <param name="sequence">Its place in its conversation, as the store says.</param>
    public bool IsRefused(MessageId id, NodeAddress recipient, ulong sequence) =>
        _anonymousOutbox.IsRefused(id) || _outbox.IsRefused(id, recipient, sequence);

    /// <summary>
    /// Of a message that was ended before its time because its recipient takes no content as long: how many bytes that one takes. Null: it wasn't, or the core doesn't know it any more; it remembers
    /// the last 4,096, and none from before its start.
    /// </summary>
    public long? ContentLimitOf(MessageId id) => _outbox.Limits.Of(id);

    /// <summary>Dead letters are to go back into the inbox; answered by <see cref="IEndpointSink.ReplayCompleted"/>.</summary>
    /// <param name="token">The shell's own number for the request.</param>
    /// <param name="letters">Their numbers and positions, as the store says; at least one.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleReplay<TSink>(long token, ImmutableArray<(long Number, ulong Position)> letters, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (letters.IsEmpty)
        {
            throw new ArgumentException("There is no letter to replay.", nameof(letters));
        }

        foreach (var (number, position) in letters)
        {
            _context.Store.Add(new StoreOperation.ReplayDeadLetter(number));
            _context.Store.Then(CommitEffectKind.DeadLetterReplayed, null, (long)position);
        }

        _context.Store.Then(CommitEffectKind.ReplayStored, null, token);
        Drain(now, ref sink);
    }
}
