using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>
/// What all nodes of a network must have alike beyond the packet format itself. An instance that exists is consistent: it is made by
/// <see cref="TryCreate"/>, which names everything that is wrong at once.
/// </summary>
public sealed record NetworkParameters
{
    /// <summary>Default of <see cref="PathLinks"/>.</summary>
    public const int DefaultPathLinks = 5;

    /// <summary>Default of <see cref="MaxLinks"/>.</summary>
    public const int DefaultMaxLinks = 16;

    /// <summary>Default of <see cref="EpochSeconds"/>.</summary>
    public const int DefaultEpochSeconds = 3600;

    /// <summary>Default of <see cref="SkewSeconds"/>.</summary>
    public const int DefaultSkewSeconds = 120;

    /// <summary>The most links that <see cref="MaxLinks"/> may allow: a record's neighbours fit in it with room to spare.</summary>
    public const int LargestMaxLinks = 256;

    /// <summary>The longest epoch: 30 days.</summary>
    public const int LongestEpochSeconds = 30 * 24 * 3600;

    /// <summary>How many coming epochs' keys are made and published ahead of the current one.</summary>
    public const int EpochsAhead = 2;

    private NetworkParameters(NetworkDefinition definition, int pathLinks, int maxLinks, int epochSeconds, int skewSeconds, int graceSeconds, long maxContentBytes)
    {
        Definition = definition;
        PathLinks = pathLinks;
        MaxLinks = maxLinks;
        EpochSeconds = epochSeconds;
        SkewSeconds = skewSeconds;
        GraceSeconds = graceSeconds;
        MaxContentBytes = maxContentBytes;
    }

    /// <summary>Name, geometry, delay cap and identifier of the network.</summary>
    public NetworkDefinition Definition { get; }

    /// <summary>The number of links of every path, one for all, so that a path's length tells nothing of its sender.</summary>
    public int PathLinks { get; }

    /// <summary>The most links of a node that count in path selection.</summary>
    public int MaxLinks { get; }

    /// <summary>Lifetime of a mix key as the current one, in seconds.</summary>
    public int EpochSeconds { get; }

    /// <summary>How far apart two nodes' wall clocks may be, in seconds.</summary>
    public int SkewSeconds { get; }

    /// <summary>How long a mix key is still accepted after its epoch, in seconds.</summary>
    public int GraceSeconds { get; }

    /// <summary>The longest content of a message that a node sends into the network, in bytes; 0: only the message format sets a limit.</summary>
    public long MaxContentBytes { get; }

    /// <summary>Size of every cell on every link: the type byte and a body as long as a packet.</summary>
    public int CellBytes => 1 + Definition.Geometry.PacketBytes;

    /// <summary>The smallest grace that loses nothing: every hop at the delay cap, and the clocks' skew.</summary>
    /// <param name="pathLinks">Links of a path.</param>
    /// <param name="maxDelayMs">The network's delay cap in milliseconds.</param>
    /// <param name="skewSeconds">Clock skew in seconds.</param>
    /// <returns>Seconds, rounded up.</returns>
    public static long SmallestGraceSeconds(int pathLinks, int maxDelayMs, int skewSeconds) =>
        ((pathLinks * (long)maxDelayMs) + 999) / 1000 + skewSeconds;

    /// <summary>Makes the parameters of a network, or says everything that is wrong with them.</summary>
    /// <param name="definition">Name, geometry and delay cap.</param>
    /// <param name="parameters">The parameters, or null where there is an error.</param>
    /// <param name="errors">One sentence for each thing wrong; empty on success.</param>
    /// <param name="pathLinks">2 to hops − 1 (a reply over as many links needs one slot more).</param>
    /// <param name="maxLinks">1 to <see cref="LargestMaxLinks"/>.</param>
    /// <param name="epochSeconds">1 to <see cref="LongestEpochSeconds"/>, and at least 2 · (grace + skew).</param>
    /// <param name="skewSeconds">0 to a day.</param>
    /// <param name="graceSeconds">Null: <see cref="SmallestGraceSeconds"/>; not below it either.</param>
    /// <param name="maxContentBytes">0 or more.</param>
    /// <returns>False where there is an error.</returns>
    public static bool TryCreate(
        NetworkDefinition definition,
        [NotNullWhen(true)] out NetworkParameters? parameters,
        out ImmutableArray<string> errors,
        int pathLinks = DefaultPathLinks,
        int maxLinks = DefaultMaxLinks,
        int epochSeconds = DefaultEpochSeconds,
        int skewSeconds = DefaultSkewSeconds,
        int? graceSeconds = null,
        long maxContentBytes = 0)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var found = ImmutableArray.CreateBuilder<string>();
        var slots = definition.Geometry.Hops;
        if (pathLinks < 2 || pathLinks > slots - 1)
        {
            found.Add($"Path links must be 2 to {slots - 1}, because a reply needs one slot more than a path has links and a packet has {slots}; it is {pathLinks}.");
        }

        if (maxLinks is < 1 or > LargestMaxLinks)
        {
            found.Add($"Max links must be 1 to {LargestMaxLinks}; it is {maxLinks}.");
        }

        if (epochSeconds is < 1 or > LongestEpochSeconds)
        {
            found.Add($"Epoch seconds must be 1 to {LongestEpochSeconds}; it is {epochSeconds}.");
        }

        if (skewSeconds is < 0 or > 86_400)
        {
            found.Add($"Skew seconds must be 0 to 86400; it is {skewSeconds}.");
        }

        var smallestGrace = SmallestGraceSeconds(pathLinks, definition.MaxDelayMs, skewSeconds);
        var grace = graceSeconds ?? smallestGrace;
        if (grace < smallestGrace)
        {
            found.Add($"Grace seconds must be at least {smallestGrace} (path links × max delay + skew), or packets under way at a change of epoch are lost; it is {grace}.");
        }

        if (epochSeconds < 2 * (grace + skewSeconds))
        {
            found.Add($"Epoch seconds must be at least {2 * (grace + skewSeconds)}, twice grace and skew together; it is {epochSeconds}.");
        }

        if (grace > int.MaxValue / 4)
        {
            found.Add($"Grace seconds must be at most {int.MaxValue / 4}; it is {grace}.");
        }

        if (maxContentBytes < 0)
        {
            found.Add($"Max content bytes must be 0 or more; it is {maxContentBytes}.");
        }

        errors = found.ToImmutable();
        parameters = errors.IsEmpty
            ? new NetworkParameters(definition, pathLinks, maxLinks, epochSeconds, skewSeconds, checked((int)grace), maxContentBytes)
            : null;
        return parameters is not null;
    }
}
