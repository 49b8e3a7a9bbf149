using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Overlay;

namespace MixMq.Endpoint;

/// <content>Messages whose sender the recipient doesn't learn.</content>
public sealed partial class EndpointCore
{
    private long AnonymousDeadline => Math.Min(_anonymousOutbox.NextDeadline, _anonymousInbox.NextDeadline);

    private long AnonymousExpiry => Math.Min(_anonymousOutbox.NextExpiry, _anonymousInbox.NextExpiry);

    /// <summary>The message of a reply to a SURB that <see cref="IEndpointSink.SendAnonymous"/> gave out: from whom that was given, and nobody else.</summary>
    /// <param name="about">As it was said when the SURB was made.</param>
    /// <param name="message">What the reply says.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleReply<TSink>(MessageId about, ReadOnlySpan<byte> message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _anonymousOutbox.HandleAnswer(about, message, now);
        Drain(now, ref sink);
    }

    private void Submit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (request.Anonymous)
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
            case CommitEffectKind.AnonymousWithdrawn:
                _anonymousOutbox.OnWithdrawn((AnonymousMessage)effect.Target!, now, ref sink);
                break;
            case CommitEffectKind.AnonymousSettled:
                _anonymousOutbox.OnSettled((AnonymousMessage)effect.Target!, (OutboxStatus)effect.Number, ref sink);
                break;
            case CommitEffectKind.AnonymousReceived:
                _anonymousInbox.OnReceived((AnonymousEntry)effect.Target!, now);
                break;
            default:
                throw new InvalidOperationException("An effect without a meaning.");
        }
    }
}
