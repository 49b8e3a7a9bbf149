namespace MixMq.Endpoint.Messaging;

/// <summary>What both ends of a conversation must agree on (spec/07 §2). Tuning is in <see cref="EndpointOptions"/>.</summary>
public static class MessagingConstants
{
    /// <summary>Greatest content of one message, bytes; how much of that a node sends and takes is <see cref="EndpointOptions.MaxContentBytes"/>.</summary>
    public const long MaxContentBytes = uint.MaxValue;

    /// <summary>Greatest content that is handed over and stored whole, bytes; what is longer goes in parts.</summary>
    public const int MaxWholeContentBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Of one message, only so many fragments from the lowest one not stored are under way: as many as the bits of one acknowledgement tell of (spec/07 §7).
    /// </summary>
    public const int FragmentSpan = 4096;

    /// <summary>Bytes of a part of a content that an application has handed over in parts; the last one has the rest.</summary>
    public const int ContentPartBytes = 256 * 1024;

    /// <summary>Greatest label, bytes of UTF-8.</summary>
    public const int MaxLabelBytes = 255;

    /// <summary>Greatest conversation name, bytes of UTF-8.</summary>
    public const int MaxConversationNameBytes = 255;

    /// <summary>A sender has at most this many places from the lowest unsettled one under way; a recipient takes no place beyond.</summary>
    public const int SequenceWindow = 1024;

    /// <summary>Sequences of a conversation start here, so that a cumulative 0 says "nothing yet".</summary>
    public const ulong FirstSequence = 1;

    /// <summary>Bytes of a frame's tag.</summary>
    public const int TagBytes = 16;

    /// <summary>Smallest lane A message capacity that holds an envelope of greatest size in one fragment.</summary>
    public const int MinMessageCapacity = 876;

    /// <summary>Greatest state of one consumer, bytes.</summary>
    public const int MaxConsumerStateBytes = 16 * 1024 * 1024;

    /// <summary>Greatest cause of a dead letter, UTF-16 code units.</summary>
    public const int MaxCauseChars = 1024;
}
