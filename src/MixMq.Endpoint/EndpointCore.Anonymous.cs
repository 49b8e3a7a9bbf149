using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Overlay;

namespace MixMq.Endpoint;

/// <content>Messages whose sender the recipient doesn't learn.</content>
public sealed partial class EndpointCore
{
    private long AnonymousDeadline => Math.Min(
        Math.Min(_anonymousOutbox.NextDeadline, _anonymousInbox.NextDeadline), Math.Min(Math.Min(_questions.NextDeadline, _replies.NextDeadline), _loops.NextDeadline));

    private long AnonymousExpiry => Math.Min(
        Math.Min(_anonymousOutbox.NextExpiry, _anonymousInbox.NextExpiry), Math.Min(_questions.NextExpiry, _replies.NextExpiry));

    /// <summary>
    /// The message of a reply to a SURB that <see cref="IEndpointSink.SendAnonymous"/> gave out, from whom that was given, and nobody else; or to one of <see cref="IEndpointSink.SendBySurb"/>, from this node itself.
    /// </summary>
    /// <param name="about">As it was said when the SURB was made.</param>
    /// <param name="message">What the reply says.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleReply<TSink>(MessageId about, ReadOnlySpan<byte> message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (message is [AnonymousAnswer.Type, ..])
        {
            _anonymousOutbox.HandleAnswer(about, message, now);
        }
        else if (message is [LoopFrame.ReplyType, ..])
        {
            _loops.HandleReply(about, message, now);
        }
        else
        {
            _questions.HandleReply(about, message, now);
        }

        Drain(now, ref sink);
    }

    /// <summary>A loop that <see cref="IEndpointSink.SendLoop"/> or <see cref="IEndpointSink.SendBySurb"/> took was dropped by this node all the same, before it left: it doesn't count as lost.</summary>
    /// <param name="id">What it was said to be.</param>
    public void HandleLoopDropped(MessageId id) => _loops.Drop(id);

    /// <summary>Answers <see cref="IEndpointSink.ReadAnonymous"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="knowledge">What the store knows.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleAnonymousKnowledge<TSink>(ContentRequestId id, AnonymousKnowledge knowledge, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_anonymousInbox.HandleKnowledge(id, knowledge, now, ref sink))
        {
            _replies.HandleKnowledge(id, knowledge, now, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>SURBs that are left to send the reply to a message with; 0: it waits until the asker's node gives some.</summary>
    /// <param name="question">The message.</param>
    public int SurbsForReply(MessageId question) => _replies.SurbsFor(question);

    private void Submit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (request.Answers is not null)
        {
            _replies.HandleSubmit(request, now, ref sink);
        }
        else if (request.Anonymous)
        {
            _anonymousOutbox.HandleSubmit(request, now, ref sink);
        }
        else
        {
            _outbox.HandleSubmit(request, now, ref sink);
        }
    }

    private void ApplyAnonymous<TSink>(in CommitEffect effect, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        switch (effect.Kind)
        {
            case CommitEffectKind.AnonymousAppended:
                _anonymousOutbox.OnAppended((AnonymousMessage)effect.Target!, effect.Number, now, ref sink);
                break;
            case CommitEffectKind.AnonymousAppendedByCheckpoint:
                _anonymousOutbox.OnAppended((AnonymousMessage)effect.Target!, now);
                break;
            case CommitEffectKind.AnonymousWithdrawn:
                _anonymousOutbox.OnWithdrawn((AnonymousMessage)effect.Target!, now, ref sink);
                break;
            case CommitEffectKind.AnonymousSettled:
                _anonymousOutbox.OnSettled((AnonymousMessage)effect.Target!, (OutboxStatus)effect.Number, now, ref sink);
                break;
            case CommitEffectKind.AnonymousReceived:
                _anonymousInbox.OnReceived((AnonymousEntry)effect.Target!, now);
                break;
            case CommitEffectKind.ReplyReceived:
                _questions.OnReceived((Question)effect.Target!, now);
                break;
            case CommitEffectKind.ReplyAppended:
                _replies.OnAppended((PendingReply)effect.Target!, effect.Number, now, ref sink);
                break;
            case CommitEffectKind.ReplyAppendedByCheckpoint:
                _replies.OnAppended((PendingReply)effect.Target!, now);
                break;
            case CommitEffectKind.ReplySettled:
                _replies.OnSettled((Asker)effect.Target!, now);
                break;
            case CommitEffectKind.ReplyExpired:
                _replies.OnExpired((PendingReply)effect.Target!, now);
                break;
            default:
                throw new InvalidOperationException("An effect without a meaning.");
        }
    }
}
