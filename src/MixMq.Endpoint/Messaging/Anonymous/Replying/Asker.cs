using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>What a recipient has of somebody who waits for a reply to one message: SURBs, and what is to be said by them.</summary>
internal sealed class Asker(MessageId question, byte[] secret)
{
    private readonly List<byte[]> _surbs = [];

    public MessageId Question { get; } = question;

    public byte[] Secret { get; } = secret;

    public int Surbs => _surbs.Count;

    /// <summary>What the store knows of the message; null: it is being asked.</summary>
    public AnonymousKnowledge? Known { get; set; }

    /// <summary>It wants to hear something, also if there is nothing to send.</summary>
    public bool Asks { get; set; }

    /// <summary>It has the reply, and wants to hear that this is known.</summary>
    public bool HasReply { get; set; }

    /// <summary>That it has the reply is on its way to the disk.</summary>
    public bool Settling { get; set; }

    /// <summary>When it was heard last, microseconds.</summary>
    public long HeardMicros { get; set; }

    /// <summary>When it has its next turn, microseconds; entries of the queue for other times are void.</summary>
    public long Due { get; set; } = long.MaxValue;

    public void Keep(ReadOnlySpan<byte> surb) => _surbs.Add(surb.ToArray());

    /// <summary>Gives up the oldest.</summary>
    public void DropFirst() => _surbs.RemoveAt(0);

    /// <summary>Gives up those that have expired.</summary>
    /// <returns>How many.</returns>
    public int DropExpired(long nowUnixSeconds) => _surbs.RemoveAll(surb => Surb.ExpiryUnixSeconds(surb) <= nowUnixSeconds);

    /// <summary>Takes the newest: what was given before the asker's process ended opens nothing any more. Null: there is none.</summary>
    public byte[]? Take()
    {
        if (_surbs.Count == 0)
        {
            return null;
        }

        var surb = _surbs[^1];
        _surbs.RemoveAt(_surbs.Count - 1);
        return surb;
    }
}
