using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// The outbound contents in memory: at most so many bytes, reads under way included. What has rested longest goes first, and is read again when
/// one of its fragments is due; what is being sent stays, so that more large messages than fit don't push each other out in turn. Of a content in
/// parts only few are held: those between the oldest fragment under way and the next one.
/// </summary>
internal sealed class ContentCache(MessagingContext context)
{
    private const int MaxReads = 32;
    private const int MaxPartsOfOne = 16;
    private const long RestMicros = 2 * Moment.MicrosPerSecond;
    private readonly LinkedList<ContentPart> _byUse = new();
    private readonly Dictionary<ContentRequestId, ContentPart> _reads = [];

    /// <summary>Bytes in memory and being read.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Keeps the content of a message just accepted, if there is room without pushing another out.</summary>
    public void Offer(OutboundMessage message, ReadOnlyMemory<byte> content, Moment now)
    {
        if (!message.InParts && HeldBytes + content.Length <= context.Options.MaxHeldContentBytes)
        {
            Keep(Reserve(message, 0), content, now);
        }
    }

    /// <summary>Asks for a part of a content that isn't in memory.</summary>
    /// <returns>False: there is no room for it now, ask again later. True: it is there, it is or was asked for, or there is no hope.</returns>
    public bool Request<TSink>(OutboundMessage message, int index, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (message.Content.Missing || message.Content.Find(index) is not null)
        {
            return true;
        }

        if (_reads.Count >= MaxReads || !MakeRoom(message, message.PartLength(index), now))
        {
            return false;
        }

        var part = Reserve(message, index);
        var id = context.NextContentRequestId();
        _reads.Add(id, part);
        if (message.InParts)
        {
            sink.ReadOutboxPart(id, message.Id, (long)index * message.PartBytes, part.Length);
        }
        else
        {
            sink.ReadOutboxContent(id, message.Id);
        }

        return true;
    }

    /// <summary>Takes the answer to a read.</summary>
    /// <returns>The message whose content it is, or null: not an outbox read.</returns>
    public OutboundMessage? TakeAnswer(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now)
    {
        if (!_reads.Remove(id, out var part))
        {
            return null;
        }

        var message = part.Message;
        if (message.Content.Find(part.Index) != part)
        {
            // Released while it was being read.
            return message;
        }

        if (content is { } bytes && bytes.Length == part.Length)
        {
            Keep(part, bytes, now);
        }
        else
        {
            message.Content.Missing = true;
            Release(message);
        }

        return message;
    }

    public void Used(OutboundMessage message, int index, Moment now)
    {
        if (message.Content.Find(index) is { Use: { } node } part)
        {
            part.UsedMicros = now.Micros;
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }
    }

    /// <summary>The content isn't needed (any more, or for now).</summary>
    public void Release(OutboundMessage message)
    {
        foreach (var part in message.Content.Parts)
        {
            Release(part);
        }
    }

    private void Release(ContentPart part)
    {
        HeldBytes -= part.Length;
        part.Message.Content.Remove(part);
        part.Bytes = null;
        if (part.Use is { } node)
        {
            _byUse.Remove(node);
            part.Use = null;
        }
    }

    private ContentPart Reserve(OutboundMessage message, int index)
    {
        var part = new ContentPart(message, index, message.PartLength(index));
        message.Content.Add(part);
        HeldBytes += part.Length;
        return part;
    }

    private void Keep(ContentPart part, ReadOnlyMemory<byte> content, Moment now)
    {
        part.Bytes = content;
        part.UsedMicros = now.Micros;
        part.Use = _byUse.AddLast(part);
    }

    private bool MakeRoom(OutboundMessage message, int bytes, Moment now)
    {
        if (message.Content.Parts.Length >= MaxPartsOfOne)
        {
            if (message.Content.Parts.Where(part => part.Use is not null).MinBy(part => part.UsedMicros) is not { } rested)
            {
                return false;
            }

            Release(rested);
        }

        while (HeldBytes + bytes > context.Options.MaxHeldContentBytes)
        {
            if (_byUse.First is not { } oldest || now.Micros - oldest.Value.UsedMicros < RestMicros)
            {
                return false;
            }

            Release(oldest.Value);
        }

        return true;
    }
}
