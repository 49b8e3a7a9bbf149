using MixMq.Sphinx;

namespace MixMq.Simulation.Hostile;

/// <summary>Claims links that it hasn't: to nodes that never linked with it, and to nodes that don't exist.</summary>
public sealed class LinkInventor : HostileBehaviour
{
    public override void Begin() => Often(6, () =>
    {
        var strangers = World.Nodes.Where(node => node != Peer).Select(node => node.Address).ToList();
        Span<byte> bytes = stackalloc byte[NodeAddress.ByteLength];
        for (var i = 0; i < 3; i++)
        {
            Random.Fill(bytes);
            var invented = NodeAddress.FromBytes(bytes);
            _ = Peer.Invented.Add(invented);
            strangers.Add(invented);
        }

        var draft = Peer.Gossip.Draft(Peer.Gossip.NextSequence());
        var record = Peer.Gossip.Sign(draft with { Neighbours = [.. draft.Neighbours, .. strangers] });
        foreach (var neighbour in Peer.Neighbours())
        {
            Peer.Gossip.Announce(neighbour, record);
        }
    });
}
