using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay;

/// <summary>What can be shown of a node's overlay at a moment: plain data, no secret, no packet bytes.</summary>
public sealed record OverlaySnapshot
{
    /// <summary>When it was taken.</summary>
    public required Moment Taken { get; init; }

    /// <summary>The links, in the order of configuration.</summary>
    public required ImmutableArray<LinkSnapshot> Links { get; init; }

    /// <summary>How the network is governed; null: this node was told of no authorities.</summary>
    public AdmissionSnapshot? Admission { get; init; }

    /// <summary>Connections that are there, authenticated or not.</summary>
    public required int Connections { get; init; }

    /// <summary>Connections whose handshake is under way.</summary>
    public required int Handshakes { get; init; }

    /// <summary>Drops by cause; causes with no drop are left out.</summary>
    public required ImmutableArray<DropCount> Drops { get; init; }

    /// <summary>Connections turned away, by reason; reasons that never occurred are left out.</summary>
    public required ImmutableArray<LinkRefusalCount> Refusals { get; init; }

    /// <summary>The current epoch.</summary>
    public required uint Epoch { get; init; }

    /// <summary>Epochs whose keys are held, ascending.</summary>
    public required ImmutableArray<uint> KeyEpochs { get; init; }

    /// <summary>Packets waiting for their delay to pass.</summary>
    public required int Delayed { get; init; }

    /// <summary>Packets relayed since the core was made.</summary>
    public required long Relayed { get; init; }

    /// <summary>Packets that ended here (delivered or reply) since the core was made.</summary>
    public required long Delivered { get; init; }

    /// <summary>Cover packets that ended here since the core was made.</summary>
    public required long CoverEnded { get; init; }

    /// <summary>The sequence of the own record.</summary>
    public required ulong OwnSequence { get; init; }

    /// <summary>Link-state records held.</summary>
    public required int TopologyRecords { get; init; }

    /// <summary>Origins whose records contradict each other, all of them.</summary>
    public int QuarantinedOrigins { get; init; }

    /// <summary>The evidence against the first <see cref="MostEquivocations"/> of them, by address.</summary>
    public ImmutableArray<Equivocation> Equivocations { get; init; } = [];

    /// <summary>The most equivocations that are shown: a peer can make them up with keys of its own.</summary>
    public const int MostEquivocations = 64;

    /// <summary>Digest of the topology database, 32 bytes.</summary>
    public required ImmutableArray<byte> TopologyDigest { get; init; }

    /// <summary>How many packets were dropped for a cause.</summary>
    /// <param name="cause">The cause.</param>
    /// <returns>The count; 0 where there was none.</returns>
    public long DropsOf(DropCause cause)
    {
        foreach (var drop in Drops)
        {
            if (drop.Cause == cause)
            {
                return drop.Count;
            }
        }

        return 0;
    }

    /// <summary>How many connections were turned away for a reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>The count; 0 where there was none.</returns>
    public long RefusalsOf(LinkRefusalReason reason)
    {
        foreach (var refusal in Refusals)
        {
            if (refusal.Reason == reason)
            {
                return refusal.Count;
            }
        }

        return 0;
    }
}
