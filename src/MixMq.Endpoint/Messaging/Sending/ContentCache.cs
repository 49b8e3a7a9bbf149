using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// The outbound contents in memory: at most so many bytes, reads under way included. What has rested longest goes first, and is read again when
/// one of its fragments is due; what is being sent stays, so that more large messages than fit don't push each other out in turn.
/// </summary>
internal sealed class ContentCache(MessagingContext context)
{
    private const int MaxReads = 32;
    private const long RestMicros = 2 * Moment.MicrosPerSecond;
    private readonly LinkedList<OutboundMessage> _byUse = new();
    private readonly Dictionary<ContentRequestId, OutboundMessage> _reads = [];

    /// <summary>Bytes in memory and being read.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Keeps the content of a message just accepted, if there is room without pushing another out.</summary>
    public void Offer(OutboundMessage message, ReadOnlyMemory<byte> content, Moment now)
    {
        if (HeldBytes + content.Length <= context.Options.MaxHeldContentBytes)
        {
            Reserve(message, content.Length);
            Keep(message, content, now);
        }
    }

    /// <summary>Asks for a content that isn't in memory.</summary>
    /// <returns>False: there is no room for it now, ask again later. True: it is or was asked for, or there is no hope.</returns>
    public bool Request<TSink>(OutboundMessage message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var slot = message.Content;
        if (slot.Reading || slot.Missing)
        {
            return true;
        }

        if (_reads.Count >= MaxReads || !MakeRoom(message.ContentLength, now))
        {
            return false;
        }

        Reserve(message, message.ContentLength);
        slot.Reading = true;
        var id = context.NextContentRequestId();
        _reads.Add(id, message);
        sink.ReadOutboxContent(id, message.Id);
        return true;
    }

    /// <summary>Takes the answer to a read.</summary>
    /// <returns>The message whose content it is, or null: not an outbox read.</returns>
    public OutboundMessage? TakeAnswer(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now)
    {
        if (!_reads.Remove(id, out var message))
        {
            return null;
        }

        message.Content.Reading = false;
        if (message.Settled || message.Tombstone)
        {
            // Released while it was being read.
            return message;
        }

        if (content is { } bytes && bytes.Length == message.ContentLength)
        {
            Keep(message, bytes, now);
        }
        else
        {
            message.Content.Missing = true;
            Release(message);
        }

        return message;
    }

    public void Used(OutboundMessage message, Moment now)
    {
        if (message.Content.Use is { } node)
        {
            message.Content.UsedMicros = now.Micros;
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }
    }

    /// <summary>The content isn't needed (any more, or for now).</summary>
    public void Release(OutboundMessage message)
    {
        var slot = message.Content;
        HeldBytes -= slot.Reserved;
        slot.Reserved = 0;
        slot.Bytes = null;
        if (slot.Use is { } node)
        {
            _byUse.Remove(node);
            slot.Use = null;
        }
    }

    private void Reserve(OutboundMessage message, int bytes)
    {
        message.Content.Reserved = bytes;
        HeldBytes += bytes;
    }

    private void Keep(OutboundMessage message, ReadOnlyMemory<byte> content, Moment now)
    {
        message.Content.Bytes = content;
        message.Content.UsedMicros = now.Micros;
        message.Content.Use = _byUse.AddLast(message);
    }

    private bool MakeRoom(int bytes, Moment now)
    {
        while (HeldBytes + bytes > context.Options.MaxHeldContentBytes)
        {
            if (_byUse.First is not { } oldest || now.Micros - oldest.Value.Content.UsedMicros < RestMicros)
            {
                return false;
            }

            Release(oldest.Value);
        }

        return true;
    }
}
