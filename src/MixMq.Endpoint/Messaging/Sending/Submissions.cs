using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Takes submissions: checks them, gives them their places, has their envelopes signed and hands them to the store, in the order in which they
/// came, so that a crash in between leaves no gap in any conversation.
/// </summary>
internal sealed class Submissions(MessagingContext context, OutboundDirectory directory, ContentCache contents)
{
    private const int MaxWaiting = 1024;
    private readonly Queue<Submission> _waiting = new();
    private readonly Dictionary<RequestId, (Submission Submission, OutboundMessage Message)> _unsigned = [];
    private long _waitingBytes;

    public bool Stopping { get; set; }

    /// <summary>Takes a submission, or refuses it at once.</summary>
    public void Handle<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var (_, refusal) = Check([request], 0);
        if (refusal != SubmitRefusal.None)
        {
            context.Counters.Refused++;
            sink.SubmitCompleted(request.Token, SubmitOutcome.Refused(refusal));
            return;
        }

        Span<byte> idBytes = stackalloc byte[MessageId.ByteCount];
        context.Random.Fill(idBytes);
        var submission = new Submission(request.Token, null);
        _waiting.Enqueue(submission);
        Add(submission, request, request.Staged?.Id ?? MessageId.At(now.UnixMillis, idBytes), now, ref sink);
    }

    /// <summary>Takes a checkpoint whose sends <see cref="Check"/> doesn't refuse: all of it goes to the store together, when its sends are signed and the submissions before it stored.</summary>
    public void Take<TSink>(PendingCheckpoint checkpoint, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var submission = new Submission(0, checkpoint) { Bytes = checkpoint.Request.State?.Length ?? 0 };
        _waitingBytes += submission.Bytes;
        _waiting.Enqueue(submission);
        for (var i = 0; i < checkpoint.Request.Sends.Length; i++)
        {
            if (checkpoint.Request.Sends[i].Anonymous)
            {
                continue;
            }

            Add(submission, checkpoint.Request.Sends[i], checkpoint.Request.Id!.Value.MessageAt(context.Options.KnownAs, i), now, ref sink);
        }

        StoreSigned(now);
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>False: not of a submission.</returns>
    public bool HandleSigned(RequestId id, ReadOnlySpan<byte> signature, Moment now)
    {
        if (!_unsigned.Remove(id, out var signed))
        {
            return false;
        }

        if (signed.Message.Signing != id)
        {
            // Of a place that it doesn't have any more.
            return true;
        }

        Envelope.SetSignature(signed.Message.Envelope, signature);
        signed.Submission.Unsigned--;
        StoreSigned(now);
        return true;
    }

    /// <summary>Whether these may be sent, all of them together.</summary>
    /// <param name="requests">In order.</param>
    /// <param name="moreBytes">Of what is stored with them.</param>
    /// <returns>Which is refused, and why; <see cref="SubmitRefusal.None"/>: none is.</returns>
    public (int Which, SubmitRefusal Refusal) Check(ImmutableArray<SubmitRequest> requests, int moreBytes)
    {
        for (var i = 0; i < requests.Length; i++)
        {
            if (CheckAlone(requests[i]) is not SubmitRefusal.None and var refusal)
            {
                return (i, refusal);
            }
        }

        return requests.IsEmpty && moreBytes == 0 ? (0, SubmitRefusal.None) : CheckRoom(requests);
    }

    private void Add<TSink>(Submission submission, SubmitRequest request, MessageId messageId, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var conversation = FindOrOpen(request);
        var expires = now.UnixMillis + (request.ExpiresAfterMillis == 0 ? context.Options.DefaultExpiryMillis : request.ExpiresAfterMillis);
        var message = new OutboundMessage(
            conversation, conversation.TakeSequence(), messageId, request.Label, request.ContentLength, now.UnixMillis, expires) { InParts = request.Staged is not null };
        if (!conversation.HasUnsettled)
        {
            conversation.ProgressMicros = now.Micros;
        }

        conversation.Add(message);
        directory.OnAdded(message);

        message.Envelope = new Envelope
        {
            Kind = EnvelopeKind.Message,
            From = context.Options.KnownAs,
            To = conversation.Correspondent.Address,
            Id = message.Id,
            Conversation = conversation.Id,
            Sequence = message.Sequence,
            CreatedUnixMillis = message.CreatedUnixMillis,
            ExpiresUnixMillis = message.ExpiresUnixMillis,
            Secret = conversation.Secret,
            ContentLength = message.ContentLength,
            ContentHash = request.Staged?.Hash.ToArray() ?? SHA256.HashData(request.Content.Span),
            Label = request.Label,
            Name = request.Conversation,
        }.ToUnsignedBytes();

        submission.Messages.Add((message, request.Content));
        submission.Unsigned++;
        submission.Bytes += request.Content.Length;
        _waitingBytes += request.Content.Length;
        Sign(submission, message, ref sink);
    }

    private void Sign<TSink>(Submission submission, OutboundMessage message, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        message.Signing = context.NextRequestId();
        _unsigned.Add(message.Signing, (submission, message));
        sink.RequestSign(message.Signing, Envelope.SignedMessage(message.Envelope, context.Options.Network.Definition));
    }

    /// <summary>A conversation's messages have other places now: those that aren't stored yet are signed for them anew.</summary>
    public void OnMoved<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        foreach (var submission in _waiting)
        {
            foreach (var (message, _) in submission.Messages.Where(sent => sent.Message.Conversation == conversation))
            {
                submission.Unsigned += _unsigned.ContainsKey(message.Signing) ? 0 : 1;
                message.Envelope = Envelope.AtSequence(message.Envelope, message.Sequence);
                Sign(submission, message, ref sink);
            }
        }
    }

    /// <summary>What waited for a conversation's messages to be moved needn't any more.</summary>
    public void Resume(Moment now) => StoreSigned(now);

    private void StoreSigned(Moment now)
    {
        while (_waiting.TryPeek(out var next) && next.Unsigned == 0 && !next.Messages.Exists(static sent => sent.Message.Conversation.Exchange.Resigning))
        {
            _waiting.Dequeue();
            _waitingBytes -= next.Bytes;
            foreach (var (message, content) in next.Messages)
            {
                Store(message, content, next, now);
            }

            if (next.Checkpoint is { } checkpoint)
            {
                Store(checkpoint, now);
            }
        }
    }

    private void Store(OutboundMessage message, ReadOnlyMemory<byte> content, Submission submission, Moment now)
    {
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
            InParts = message.InParts,
        };
        context.Store.Add(new StoreOperation.AppendOutbox(entry, content), content.Length + message.Envelope.Length);
        message.Stored = true;
        if (conversation.Exchange is { Agreed: false, Moving: false, Tentative: 0 } exchange)
        {
            exchange.Tentative = message.Sequence;
            context.Store.Add(new StoreOperation.SetTentative(conversation.Correspondent.Address, conversation.Id, message.Sequence));
        }

        if (submission.Checkpoint is { } checkpoint)
        {
            checkpoint.Messages.Add(message);
            context.Store.Then(CommitEffectKind.OutboxAppendedByCheckpoint, message);
        }
        else
        {
            context.Store.Then(CommitEffectKind.OutboxAppended, message, submission.Token);
        }

        if (!directory.MustWait(conversation, message.Sequence))
        {
            contents.Offer(message, content, now);
        }
    }

    private void Store(PendingCheckpoint checkpoint, Moment now)
    {
        var request = checkpoint.Request;
        foreach (var position in request.Consumed)
        {
            context.Store.Add(new StoreOperation.ConsumeInbox(position));
        }

        if (request.Id is { } id)
        {
            context.Store.Add(new StoreOperation.Checkpoint(id, request.Consumer, request.State, now.UnixMillis), request.State?.Length ?? 0);
        }

        checkpoint.Storing?.Invoke(now);
        context.Store.Then(CommitEffectKind.CheckpointStored, checkpoint);
    }

    private SubmitRefusal CheckAlone(SubmitRequest request)
    {
        if (Stopping)
        {
            return SubmitRefusal.Stopping;
        }

        if (context.Options.IsOwn(request.To))
        {
            return SubmitRefusal.RecipientIsSelf;
        }

        if (request.ContentLength > context.Options.MaxContentBytes || request.Content.Length > context.Options.WholeContentBytes)
        {
            return SubmitRefusal.ContentTooLarge;
        }

        if (context.NetworkContentLimit > 0 && request.ContentLength > context.NetworkContentLimit)
        {
            return SubmitRefusal.ContentOverNetworkLimit;
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
            : SubmitRefusal.None;
    }

    private (int Which, SubmitRefusal Refusal) CheckRoom(ImmutableArray<SubmitRequest> requests)
    {
        if (context.StoreIsFull)
        {
            return (0, SubmitRefusal.StoreFull);
        }

        var bytes = directory.UnsettledBytes;
        var added = requests.Length > 1 ? new Dictionary<NodeAddress, int>() : null;
        var opened = new HashSet<(NodeAddress, string)>();
        for (var i = 0; i < requests.Length; i++)
        {
            var request = requests[i];
            bytes += request.ContentLength;
            if (directory.Unsettled + i >= context.Options.MaxOutboxMessages || bytes > context.Options.MaxOutboxBytes)
            {
                return (i, SubmitRefusal.OutboxFull);
            }

            // By whichever of its addresses a recipient is written to, it is one.
            var recipient = directory.Successions.First(request.To);
            var before = 0;
            if (added is not null)
            {
                before = added.GetValueOrDefault(recipient);
                added[recipient] = before + 1;
            }

            if (directory.UnsettledFor(recipient) + before >= context.Options.MaxOutboxMessagesPerRecipient)
            {
                return (i, SubmitRefusal.RecipientQueueFull);
            }

            var conversation = directory.FindToWrite(request.To, ConversationId.OfName(request.Conversation));
            if (conversation is { Joining: true })
            {
                return (i, SubmitRefusal.Busy);
            }

            if (conversation is null
                && opened.Add((recipient, request.Conversation))
                && directory.ConversationCount + opened.Count > context.Options.MaxOutboundConversations)
            {
                return (i, SubmitRefusal.TooManyConversations);
            }
        }

        return _unsigned.Count + requests.Length > MaxWaiting || context.StoreIsBehind || _waitingBytes > context.Options.MaxUncommittedBytes
            ? (0, SubmitRefusal.Busy)
            : (0, SubmitRefusal.None);
    }

    private OutboundConversation FindOrOpen(SubmitRequest request)
    {
        var id = ConversationId.OfName(request.Conversation);
        return directory.FindToWrite(request.To, id)
            ?? directory.Open(request.To, id, request.Conversation, ConversationSecret.Create(context.Random), MessagingConstants.FirstSequence);
    }

    internal static bool IsWellFormed(string text)
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

    /// <summary>What is stored together: one message, or a checkpoint with all of its messages.</summary>
    private sealed class Submission(long token, PendingCheckpoint? checkpoint)
    {
        public long Token { get; } = token;

        public PendingCheckpoint? Checkpoint { get; } = checkpoint;

        public List<(OutboundMessage Message, ReadOnlyMemory<byte> Content)> Messages { get; } = [];

        public int Unsigned { get; set; }

        public long Bytes { get; set; }
    }
}
