namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A message's content as far as it is in memory: few parts at a time, mostly none.</summary>
internal sealed class ContentSlot
{
    /// <summary>What is in memory or being read.</summary>
    public ContentPart[] Parts { get; private set; } = [];

    /// <summary>The store doesn't have it, or it is damaged: a tombstone takes the message's place at once.</summary>
    public bool Missing { get; set; }

    public ContentPart? Find(int index) => Array.Find(Parts, part => part.Index == index);

    public bool Has(int index) => Find(index) is { Bytes: not null };

    public void Add(ContentPart part) => Parts = [.. Parts, part];

    public void Remove(ContentPart part) => Parts = Array.FindAll(Parts, other => other != part);
}
