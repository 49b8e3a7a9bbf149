using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// No node opens one packet twice, and so none forwards it twice: over all its processes and mix keys. A packet is told by its group element, from
/// which its replay tag follows.
/// </summary>
public sealed class NoPacketIsAcceptedTwice(Exemptions exemptions) : Invariant(exemptions)
{
    private readonly HashSet<(int Node, UInt128 Element)> _opened = [];
    private readonly HashSet<(int Node, UInt128 Element)> _forwarded = [];

    public override void Unwrapped(SimNode node, in UnwrapResult result, ReadOnlySpan<byte> packet, long requestedMicros)
    {
        if (IsHonest(node) && result.Kind != UnwrapKind.Dropped && !_opened.Add((node.Index, Element(packet))))
        {
            Violate($"{node.Name} opened one packet twice ({result.Kind}).");
        }
    }

    public override void PacketSent(SimNode from, SimNode to, ReadOnlySpan<byte> packet, bool own)
    {
        if (IsHonest(from) && !_forwarded.Add((from.Index, Element(packet))))
        {
            Violate($"{from.Name} sent one packet twice, this time to {to.Name}.");
        }
    }

    private static UInt128 Element(ReadOnlySpan<byte> packet) => QuickHash.Hash(packet.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes), 3, 9);
}
