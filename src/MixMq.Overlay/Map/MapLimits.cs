using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>Limits of the network map and of its gossip. Peers must agree on the sizes; the paces are a node's own.</summary>
public static class MapLimits
{
    /// <summary>The longest legal name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 512;

    /// <summary>The most attributes of a legal name.</summary>
    public const int MaxNameAttributes = 16;

    /// <summary>The most addresses of a legal name.</summary>
    public const int MaxAddresses = 8;

    /// <summary>The longest entry: version, kind, number, time, addresses, name, signatures.</summary>
    public const int MaxEntryBytes = 2 + 8 + 8 + 1 + (MaxAddresses * NodeAddress.ByteLength) + 2 + MaxNameBytes
        + 1 + (AdmissionLimits.MaxSignatures * AdmissionLimits.SignatureBytes);

    /// <summary>The longest successor statement: version, kind, number, time, flags, two addresses, signatures.</summary>
    public const int MaxSuccessionBytes = 2 + 8 + 8 + 1 + (2 * NodeAddress.ByteLength) + 1 + (AdmissionLimits.MaxSignatures * AdmissionLimits.SignatureBytes);

    /// <summary>The most addresses of which a node holds successors.</summary>
    public const int MaxSuccessions = 1024;

    /// <summary>The most successors, one after the other, that an endpoint's first address has.</summary>
    public const int MaxSuccessors = 16;

    /// <summary>The most names that a node holds.</summary>
    public const int MaxNames = 4096;

    /// <summary>The most statements that a node holds: of each name and each old address one, and a contradiction.</summary>
    internal const int MaxHeld = 2 * (MaxNames + MaxSuccessions);

    /// <summary>The most that it stores: beside them, of each name the last one that has ended, and of each old address the succession that is used until the next begins.</summary>
    public const int MaxStored = MaxHeld + MaxNames + MaxSuccessions;

    /// <summary>Entries named in one message.</summary>
    internal const int MaxNamed = 256;

    /// <summary>Entries asked for in one message.</summary>
    internal const int MaxPulled = 16;

    /// <summary>Entries that a neighbour has named and that are to be asked for.</summary>
    internal const int MaxWanted = 512;

    /// <summary>Entries remembered as not to be asked for.</summary>
    internal const int MaxPassedOver = MaxHeld;

    /// <summary>Between two summaries to a neighbour: a gossip round, as for records.</summary>
    internal const long SummaryMicros = 60 * Moment.MicrosPerSecond;

    /// <summary>Between two messages of news to a neighbour: what is taken meanwhile is named in one.</summary>
    internal const long NewsMicros = 100 * Moment.MicrosPerMilli;

    /// <summary>Questions and pulls of a neighbour that are answered at once.</summary>
    internal const int AnswerBurst = 64;

    /// <summary>The time in which a neighbour earns one more.</summary>
    internal const long AnswerIntervalMicros = 50 * Moment.MicrosPerMilli;
}
