using MixMq.Overlay.Links;
using MixMq.Overlay.Mixing;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Hostile;

/// <summary>Makes packets of its own: over paths that aren't, with messages that are none, to endpoints that didn't ask, in bursts.</summary>
public sealed class PacketMaker(double meanSeconds) : HostileBehaviour
{
    public override void Begin() => Often(meanSeconds, () =>
    {
        var burst = Random.Chance(0.1) ? 200 : 1;
        for (var i = 0; i < burst; i++)
        {
            Make();
        }
    });

    private void Make()
    {
        var view = Peer.Core.View;
        var neighbours = Peer.Neighbours();
        var epoch = EpochClock.EpochAt(Peer.Parameters, Peer.Now.UnixMillis);
        var path = new List<PathHop>();
        var next = Random.Pick(neighbours);
        if (!view.TryFind(next.Address, out var at))
        {
            return;
        }

        // A walk, with loops as chance has it; a step now and then to where no link leads.
        for (var i = 0; i < 1 + Random.Below(6); i++)
        {
            var node = view.Nodes[at];
            if (!node.TryGetMixKey(epoch, out var key))
            {
                break;
            }

            path.Add(new PathHop(node.Address, key, (uint)Random.Below(300)));
            at = node.Links.IsEmpty || Random.Chance(0.1) ? Random.Below(view.Nodes.Length) : Random.Pick(node.Links);
        }

        var message = new byte[Random.Below(Peer.Parameters.Definition.Geometry.MessageCapacity)];
        Random.Fill(message);
        if (message.Length > 3 && Random.Chance(0.7))
        {
            // A frame of a kind that an endpoint knows, as long as the message.
            message[0] = (byte)(1 + Random.Below(3));
            message[1] = (byte)(message.Length - 3);
            message[2] = (byte)((message.Length - 3) >> 8);
        }

        var cell = new byte[Peer.Parameters.CellBytes];
        cell[0] = (byte)CellType.Packet;
        if (path.Count > 0 && World.Crypto.Wrap(Peer.Parameters.Definition, path.ToArray(), message, Random, cell.AsSpan(1)) == WrapResult.Wrapped)
        {
            _ = Peer.Inject(next, cell);
        }
    }
}
