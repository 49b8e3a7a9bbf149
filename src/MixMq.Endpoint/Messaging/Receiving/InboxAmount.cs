namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>Messages and their content bytes.</summary>
internal sealed class InboxAmount
{
    public long Messages { get; private set; }

    public long Bytes { get; private set; }

    public bool IsEmpty => Messages == 0 && Bytes == 0;

    public void Add(long messages, long bytes)
    {
        Messages += messages;
        Bytes += bytes;
    }

    /// <summary>Never below nothing: a row that the disk has damaged in between says less than was counted, or more.</summary>
    public void Remove(long messages, long bytes)
    {
        Messages = Math.Max(0, Messages - messages);
        Bytes = Math.Max(0, Bytes - bytes);
    }

    /// <summary>Whether one more message of so many bytes stays within a limit.</summary>
    public bool HasRoom(long bytes, long maxMessages, long maxBytes) => Messages < maxMessages && bytes <= maxBytes - Bytes;
}
