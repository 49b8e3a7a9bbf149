using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// What a node sees of the network is signed by those whom it concerns, unexpired, and claimed by both ends of each link; of its own links
/// it uses only those that are up; and no node has more links than count.
/// </summary>
public sealed class ViewsAreTrue(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>A node looks at its wall clock once a second at the latest.</summary>
    private const long GraceMillis = 2_000;


    /// <summary>Changes of the view are gathered that long, and then some.</summary>
    private const long GatherMicros = 250_000;

    private readonly Dictionary<int, long> _linksChanged = [];
    private readonly HashSet<RecordHash> _signed = [];
    private readonly Dictionary<int, TopologyView> _checked = [];

    public override void LinkChanged(SimNode node, in LinkEvent what) => _linksChanged[node.Index] = World.Clock.Micros;

    public override void SignatureWanted(SimNode node, ReadOnlySpan<byte> message)
    {
        if (message.StartsWith(LinkStateRecord.SignatureLabel) && IsHonest(node))
        {
            _ = _signed.Add(RecordHash.Of(message));
        }
    }

    public override void Sampled()
    {
        foreach (var node in World.Nodes)
        {
            if (node.IsRunning && !node.IsStopping && IsHonest(node))
            {
                Check(node, node.Core.View);
            }
        }
    }

    private void Check(SimNode viewer, TopologyView view)
    {
        CheckTimes(viewer, view);
        if (_checked.GetValueOrDefault(viewer.Index) == view)
        {
            return;
        }

        _checked[viewer.Index] = view;
        var linksAreKnown = World.Clock.Micros - _linksChanged.GetValueOrDefault(viewer.Index, long.MinValue / 2) > GatherMicros;
        foreach (var node in view.Nodes)
        {
            if (!Exemptions.IsHostile(node.Address) && !_signed.Contains(node.Record.Hash))
            {
                Violate($"{viewer.Name} believes a record that {NameOf(node.Address)} never signed.");
            }

            if (node.Links.Length > viewer.Parameters.MaxLinks)
            {
                Violate($"{viewer.Name} counts {node.Links.Length} links of {NameOf(node.Address)}; {viewer.Parameters.MaxLinks} are the most.");
            }

            foreach (var link in node.Links)
            {
                var other = view.Nodes[link];
                if (!Claims(node, other.Address) || !Claims(other, node.Address))
                {
                    Violate($"{viewer.Name} uses a link of {NameOf(node.Address)} and {NameOf(other.Address)} that not both claim.");
                }

                if (linksAreKnown && node.Address == viewer.Address && !viewer.Core.TryGetLink(other.Address, out _))
                {
                    Violate($"{viewer.Name} uses its link to {NameOf(other.Address)}, which isn't up.");
                }
            }
        }
    }

    private void CheckTimes(SimNode viewer, TopologyView view)
    {
        if (World.Clock.Micros - Exemptions.LastClockJump(viewer) < GraceMillis * Moment.MicrosPerMilli)
        {
            return;
        }

        var now = viewer.Now.UnixMillis;
        foreach (var node in view.Nodes)
        {
            if (node.ExpiresUnixMillis + GraceMillis < now)
            {
                Violate($"{viewer.Name} uses a record of {NameOf(node.Address)} that expired {now - node.ExpiresUnixMillis} ms ago.");
            }
        }
    }

    private static bool Claims(TopologyNode node, NodeAddress other) => node.Record.Neighbours.AsSpan().BinarySearch(other) >= 0;

    private string NameOf(NodeAddress address) => World.Network.Find(address)?.Name ?? "a node that doesn't exist";
}
