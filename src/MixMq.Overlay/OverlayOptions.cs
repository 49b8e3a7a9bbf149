using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>Everything an <see cref="OverlayCore"/> is configured with. Immutable; checked once by <see cref="Validate"/>.</summary>
public sealed record OverlayOptions
{
    /// <summary>The network's parameters.</summary>
    public required NetworkParameters Network { get; init; }

    /// <summary>What the network's authorities say; null: the network has none, as far as this node was told, and is open.</summary>
    public AdmissionOptions? Admission { get; init; }

    /// <summary>The own address.</summary>
    public required NodeAddress Own { get; init; }

    /// <summary>Whether this node relays for others. An endpoint that does not drops what is to be relayed.</summary>
    public required bool Relays { get; init; }

    /// <summary>The configured neighbours; at most <see cref="MostPeers"/>.</summary>
    public required ImmutableArray<PeerOptions> Peers { get; init; }

    /// <summary>Endpoints that the own record publishes; usually none.</summary>
    public ImmutableArray<string> PublicEndpoints { get; init; } = [];

    /// <summary>
    /// Packets a second that one link may bring, before any ladder is spent on them. It may be as much as <see cref="NodePacketsPerSecond"/>:
    /// what is kept for the other peers is kept all the same.
    /// </summary>
    public int LinkPacketsPerSecond { get; init; } = 5_000;

    /// <summary>How many packets one link may bring at once.</summary>
    public int LinkPacketBurst { get; init; } = 10_000;

    /// <summary>
    /// Packets a second that all links together may bring. The replay filters' capacity follows from it. Half of it is divided among the
    /// configured peers and kept for each, so that no peer can take another's; the other half is for all.
    /// </summary>
    public int NodePacketsPerSecond { get; init; } = 5_000;

    /// <summary>How many packets all links together may bring at once.</summary>
    public int NodePacketBurst { get; init; } = 10_000;

    /// <summary>The most packets waiting for their delay to pass; what comes on top is dropped and counted.</summary>
    public int DelayQueueLimit { get; init; } = 16_384;

    /// <summary>How long an own record is valid, in milliseconds; it is renewed at half of it.</summary>
    public long RecordLifetimeMillis { get; init; } = 3_600_000;

    /// <summary>The most origins whose records are kept.</summary>
    public int RecordLimit { get; init; } = 4_096;

    /// <summary>
    /// How long a link stays on one connection, in milliseconds, before this node dials the peer anew and moves it over; 0: for as long as it holds.
    /// The actual time is drawn from the last fifth of it. Only peers with <see cref="PeerOptions.Dials"/> are dialled for it.
    /// </summary>
    public long LinkLifetimeMillis { get; init; }

    /// <summary>The most peers an operator can configure.</summary>
    public const int MostPeers = 1_024;

    /// <summary>
    /// How many tags the replay filter of one mix key must hold: everything that the node's rate lets in while the key is accepted. With
    /// less the filter would fill and fail closed under a load that the limits allow.
    /// </summary>
    public long ReplayCapacity =>
        NodePacketBurst + ((long)NodePacketsPerSecond * (Network.EpochSeconds + Network.GraceSeconds + Network.SkewSeconds));

    /// <summary>Says everything that is wrong with the options.</summary>
    /// <returns>One sentence each; empty where all is well.</returns>
    public ImmutableArray<string> Validate()
    {
        var errors = ImmutableArray.CreateBuilder<string>();
        if (Peers.IsDefault)
        {
            errors.Add("Peers are missing.");
            return errors.ToImmutable();
        }

        if (Peers.Length > MostPeers)
        {
            errors.Add($"There may be at most {MostPeers} peers; there are {Peers.Length}.");
        }

        var addresses = new HashSet<NodeAddress>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var peer in Peers)
        {
            if (string.IsNullOrWhiteSpace(peer.Name))
            {
                errors.Add("A peer has no name.");
            }
            else if (!names.Add(peer.Name))
            {
                errors.Add($"Two peers are called \"{peer.Name}\".");
            }

            if (peer.Address == Own)
            {
                errors.Add($"Peer \"{peer.Name}\" has this node's own address.");
            }
            else if (!addresses.Add(peer.Address))
            {
                errors.Add($"Peer \"{peer.Name}\" has the address of another peer.");
            }

            if (!peer.Dials && !peer.Accepts)
            {
                errors.Add($"Peer \"{peer.Name}\" is neither dialled nor accepted, so there can be no link to it.");
            }
        }

        RequirePositive(LinkPacketsPerSecond, "Packets a second of a link", errors);
        RequirePositive(LinkPacketBurst, "The packet burst of a link", errors);
        RequirePositive(NodePacketsPerSecond, "Packets a second of the node", errors);
        RequirePositive(NodePacketBurst, "The packet burst of the node", errors);
        RequirePositive(DelayQueueLimit, "The delay queue's limit", errors);
        if (RecordLimit < 2)
        {
            errors.Add($"The record limit must be at least 2; it is {RecordLimit}.");
        }

        if (RecordLifetimeMillis is < 1_000 or > TopologyLimits.MaxLifetimeMillis)
        {
            errors.Add($"The record lifetime must be 1000 to {TopologyLimits.MaxLifetimeMillis} ms; it is {RecordLifetimeMillis}.");
        }

        if (LinkLifetimeMillis < 0)
        {
            errors.Add($"The link lifetime must be 0 or more; it is {LinkLifetimeMillis} ms.");
        }

        if (Admission is not null && Admission.Parameters.ObstaclesAfter(Network) is { IsEmpty: false } obstacles)
        {
            errors.AddRange(obstacles);
        }

        if (ReplayCapacity > ReplayFilter.MaxCapacity)
        {
            errors.Add($"Packets a second of the node times a key's lifetime is {ReplayCapacity}, more than the {ReplayFilter.MaxCapacity} tags of a replay filter. Lower the rate or the epoch.");
        }

        return errors.ToImmutable();
    }

    private static void RequirePositive(int value, string what, ImmutableArray<string>.Builder errors)
    {
        if (value < 1)
        {
            errors.Add($"{what} must be at least 1; it is {value}.");
        }
    }
}
