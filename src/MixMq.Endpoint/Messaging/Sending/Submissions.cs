using System.Security.Cryptography;
using System.Text;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Takes submissions: checks them, gives them their places, has their envelopes signed and hands them to the store, in the order in which they
/// came, so that a crash in between leaves no gap in any conversation.
/// </summary>
internal sealed class Submissions(MessagingContext context, OutboundDirectory directory, ContentCache contents)
{
    private const int MaxWaiting = 1024;
    private readonly Queue<Submission> _waiting = new();
    private readonly Dictionary<RequestId, Submission> _unsigned = [];
    private long _waitingBytes;

    public bool Stopping { get; set; }

    /// <summary>Takes a submission, or refuses it at once.</summary>
    public void Handle<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var refusal = Check(request);
        if (refusal != SubmitRefusal.None)
        {
            context.Counters.Refused++;
            sink.SubmitCompleted(request.Token, SubmitOutcome.Refused(refusal));
            return;
        }

        var conversation = FindOrOpen(request);
        Span<byte> idBytes = stackalloc byte[MessageId.ByteCount];
        context.Random.Fill(idBytes);
        var expires = now.UnixMillis + (request.ExpiresAfterMillis == 0 ? context.Options.DefaultExpiryMillis : request.ExpiresAfterMillis);
        var message = new OutboundMessage(
            conversation, conversation.TakeSequence(), MessageId.FromBytes(idBytes), request.Label, request.Content.Length, now.UnixMillis, expires);
        conversation.Add(message);
        directory.OnAdded(message);

        message.Envelope = new Envelope
        {
            Kind = EnvelopeKind.Message,
            From = context.Options.Own,
            To = request.To,
            Id = message.Id,
            Conversation = conversation.Id,
            Sequence = message.Sequence,
            CreatedUnixMillis = message.CreatedUnixMillis,
            ExpiresUnixMillis = message.ExpiresUnixMillis,
            Secret = conversation.Secret,
            ContentLength = message.ContentLength,
            ContentHash = SHA256.HashData(request.Content.Span),
            Label = request.Label,
            Name = request.Conversation,
        }.ToUnsignedBytes();

        var submission = new Submission(message, request.Token, request.Content);
        var id = context.NextRequestId();
        _waiting.Enqueue(submission);
        _waitingBytes += request.Content.Length;
        _unsigned.Add(id, submission);
        sink.RequestSign(id, Envelope.SignedMessage(message.Envelope, context.Options.Network.Definition));
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>False: not of a submission.</returns>
    public bool HandleSigned(RequestId id, ReadOnlySpan<byte> signature, Moment now)
    {
        if (!_unsigned.Remove(id, out var signed))
        {
            return false;
        }

        Envelope.SetSignature(signed.Message.Envelope, signature);
        signed.Signed = true;
        while (_waiting.TryPeek(out var next) && next.Signed)
        {
            _waiting.Dequeue();
            _waitingBytes -= next.Content.Length;
            Store(next, now);
        }

        return true;
    }

    private void Store(Submission submission, Moment now)
    {
        var message = submission.Message;
        var conversation = message.Conversation;
        if (!conversation.Stored)
        {
            conversation.Stored = true;
            context.Store.Add(new StoreOperation.OpenOutboundConversation(
                conversation.Correspondent.Address, conversation.Id, conversation.Name, conversation.Secret, message.Sequence));
        }

        var entry = new OutboxEntry
        {
            Id = message.Id,
            Recipient = conversation.Correspondent.Address,
            Conversation = conversation.Id,
            Sequence = message.Sequence,
            Envelope = message.Envelope,
            Label = message.Label,
            ContentLength = message.ContentLength,
            CreatedUnixMillis = message.CreatedUnixMillis,
            ExpiresUnixMillis = message.ExpiresUnixMillis,
        };
        context.Store.Add(new StoreOperation.AppendOutbox(entry, submission.Content), message.ContentLength + message.Envelope.Length);
        context.Store.Then(CommitEffectKind.OutboxAppended, message, submission.Token);
        contents.Offer(message, submission.Content, now);
    }

    private SubmitRefusal Check(SubmitRequest request)
    {
        if (Stopping)
        {
            return SubmitRefusal.Stopping;
        }

        if (request.To == context.Options.Own)
        {
            return SubmitRefusal.RecipientIsSelf;
        }

        if (request.Content.Length > MessagingConstants.MaxContentBytes)
        {
            return SubmitRefusal.ContentTooLarge;
        }

        if (!IsWellFormed(request.Label) || !IsWellFormed(request.Conversation))
        {
            return SubmitRefusal.InvalidText;
        }

        if (Encoding.UTF8.GetByteCount(request.Label) > MessagingConstants.MaxLabelBytes)
        {
            return SubmitRefusal.LabelTooLong;
        }

        if (Encoding.UTF8.GetByteCount(request.Conversation) > MessagingConstants.MaxConversationNameBytes)
        {
            return SubmitRefusal.ConversationNameTooLong;
        }

        return request.ExpiresAfterMillis < 0 || request.ExpiresAfterMillis > context.Options.MaxExpiryMillis
            ? SubmitRefusal.ExpiryOutOfRange
            : CheckRoom(request);
    }

    private SubmitRefusal CheckRoom(SubmitRequest request)
    {
        if (context.StoreIsFull)
        {
            return SubmitRefusal.StoreFull;
        }

        if (directory.Unsettled >= context.Options.MaxOutboxMessages
            || directory.UnsettledBytes + request.Content.Length > context.Options.MaxOutboxBytes)
        {
            return SubmitRefusal.OutboxFull;
        }

        if (directory.Find(request.To)?.Unsettled >= context.Options.MaxOutboxMessagesPerRecipient)
        {
            return SubmitRefusal.RecipientQueueFull;
        }

        if (directory.ConversationCount >= context.Options.MaxOutboundConversations
            && directory.Find(request.To, ConversationId.OfName(request.Conversation)) is null)
        {
            return SubmitRefusal.TooManyConversations;
        }

        return _waiting.Count >= MaxWaiting || context.StoreIsBehind || _waitingBytes > context.Options.MaxUncommittedBytes
            ? SubmitRefusal.Busy
            : SubmitRefusal.None;
    }

    private OutboundConversation FindOrOpen(SubmitRequest request)
    {
        var id = ConversationId.OfName(request.Conversation);
        return directory.Find(request.To, id)
            ?? directory.Open(request.To, id, request.Conversation, ConversationSecret.Create(context.Random), MessagingConstants.FirstSequence);
    }

    private static bool IsWellFormed(string text)
    {
        // A lone surrogate has no UTF-8: decoding the encoded text wouldn't give it back.
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    return false;
                }

                i++;
            }
        }

        return true;
    }

    private sealed class Submission(OutboundMessage message, long token, ReadOnlyMemory<byte> content)
    {
        public OutboundMessage Message { get; } = message;

        public long Token { get; } = token;

        public ReadOnlyMemory<byte> Content { get; } = content;

        public bool Signed { get; set; }
    }
}
