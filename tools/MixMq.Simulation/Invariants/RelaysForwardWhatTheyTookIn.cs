using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A node without endpoint never emits a packet that it did not take in: each is one that came from a neighbour, was opened, goes to
/// the node that its slot names, byte for byte as the opening left it, and not before the tick at or after its delay (MIX-11).
/// </summary>
public sealed class RelaysForwardWhatTheyTookIn(Exemptions exemptions) : Invariant(exemptions)
{
    private readonly Dictionary<(int Node, UInt128 Packet), (NodeAddress Next, long NotBefore)> _opened = [];
    private readonly Dictionary<int, Dictionary<UInt128, int>> _arrived = [];
    private readonly HashSet<(int Node, UInt128 Packet)> _queued = [];

    public override void CellArrived(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
    {
        if (cell[0] == (byte)CellType.Packet && IsHonest(to))
        {
            var arrived = Arrived(to);
            var hash = Hash(cell[1..]);
            arrived[hash] = arrived.GetValueOrDefault(hash) + 1;
        }
    }

    public override void ReplyMade(SimNode node, ReadOnlySpan<byte> packet)
    {
        if (node.Endpoint is null)
        {
            Violate($"{node.Name} has no endpoint and made a reply.");
        }

        if (IsHonest(node))
        {
            var hash = Hash(packet);
            Arrived(node)[hash] = Arrived(node).GetValueOrDefault(hash) + 1;
        }
    }

    public override void UnwrapRequested(SimNode node, ReadOnlySpan<byte> packet)
    {
        if (IsHonest(node))
        {
            var arrived = Arrived(node);
            var hash = Hash(packet);
            var count = arrived.GetValueOrDefault(hash);
            if (count == 0)
            {
                Violate($"{node.Name} opens a packet that never arrived.");
            }

            _ = count == 1 ? arrived.Remove(hash) : (arrived[hash] = count - 1) > 0;
        }
    }

    public override void Unwrapped(SimNode node, in UnwrapResult result, ReadOnlySpan<byte> packet, long requestedMicros)
    {
        if (IsHonest(node) && result.Kind == UnwrapKind.Relay)
        {
            _opened[(node.Index, Hash(packet))] = (result.Next, Earliest(requestedMicros, result.DelayMs));
        }
    }

    public override void PacketSent(SimNode from, SimNode to, ReadOnlySpan<byte> packet, bool own)
    {
        if (!IsHonest(from))
        {
            return;
        }

        var hash = Hash(packet);
        if (own)
        {
            if (from.Endpoint is null)
            {
                Violate($"{from.Name} has no endpoint and made a packet.");
            }
        }
        else if (!_opened.Remove((from.Index, hash), out var expected))
        {
            Violate($"{from.Name} sends a packet to {to.Name} that it didn't take in.");
        }
        else if (World.Network.Find(expected.Next) != to)
        {
            Violate($"{from.Name} sends a packet to {to.Name}, which isn't its next hop.");
        }
        else if (from.Now.Micros < expected.NotBefore)
        {
            Violate($"{from.Name} sends a packet {expected.NotBefore - from.Now.Micros} µs before its delay has passed.");
        }

        _ = _queued.Add((from.Index, hash));
    }

    public override void CellWritten(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
    {
        if (cell[0] == (byte)CellType.Packet && IsHonest(from) && !_queued.Remove((from.Index, Hash(cell[1..]))))
        {
            Violate($"{from.Name} writes a packet cell to {to.Name} that it never sent.");
        }
    }

    public override void Stopped(SimNode node, StopKind kind) => _ = _arrived.Remove(node.Index);

    private static long Earliest(long takenMicros, uint delayMs)
    {
        var intoTick = takenMicros % Moment.MicrosPerMilli;
        return delayMs == 0 ? takenMicros : takenMicros + (intoTick == 0 ? 0 : Moment.MicrosPerMilli - intoTick) + (delayMs * Moment.MicrosPerMilli);
    }

    private Dictionary<UInt128, int> Arrived(SimNode node)
    {
        if (!_arrived.TryGetValue(node.Index, out var arrived))
        {
            _arrived[node.Index] = arrived = [];
        }

        return arrived;
    }

    private static UInt128 Hash(ReadOnlySpan<byte> packet) => QuickHash.Hash(packet, 21, 23);
}
