namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>What both ends of an anonymous message must agree on (spec/07 §18). Tuning is in <see cref="AnonymousLimits"/> and <see cref="EndpointOptions"/>.</summary>
public static class AnonymousConstants
{
    /// <summary>Bytes of the secret that stands for a message's sender, and for nothing else of the sender's.</summary>
    public const int SecretBytes = 32;

    /// <summary>The longest that an anonymous message may take, milliseconds: 4 days. A recipient remembers longer.</summary>
    public const long MaxExpiryMillis = 4L * 24 * 3600 * 1000;

    /// <summary>Expiry is told in whole hours, rounded up, so that it doesn't tell the sender's clock.</summary>
    public const long ExpiryUnitMillis = 3600 * 1000;

    /// <summary>How long after the expiry the sender goes on asking what became of its message, milliseconds: 1 day.</summary>
    public const long GraceMillis = 24L * 3600 * 1000;

    /// <summary>How far beyond the longest expiry one may be, for clocks that differ and the whole hour, milliseconds: 2 hours.</summary>
    public const long ExpirySlackMillis = 2L * 3600 * 1000;

    /// <summary>How long a recipient knows by its id what it has received, milliseconds: 7 days.</summary>
    public const long RememberedMillis = 7L * 24 * 3600 * 1000;

    /// <summary>
    /// Mean of the delay that the recipient's own node is asked to hold an answer, and what timeouts begin with, milliseconds. The same for all senders: the
    /// recipient sees it, and a sender's own setting would tell who it is.
    /// </summary>
    public const double MeanDelayMs = 50;

    /// <summary>Smallest lane B message capacity of a network with anonymous messages.</summary>
    public const int MinReplyCapacity = 48;

    /// <summary>Greatest content of a reply, bytes: 1 MiB. Every few hundred of them cost the asker a SURB.</summary>
    public const int MaxReplyBytes = 1 << 20;

    /// <summary>Fragments of a reply, from the lowest that isn't there, of which a supply can tell.</summary>
    public const int ReplySpan = 256;

    /// <summary>Greatest content, bytes: as much as is stored whole.</summary>
    public const int MaxContentBytes = MessagingConstants.MaxWholeContentBytes;
}
