using System.Buffers.Binary;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A node that holds one body of a sequence and has verified another one uses neither from then on. A clock that was set may make it forget the
/// evidence, whose time has then come too early; such nodes are left out.
/// </summary>
public sealed class ContradictionsAreNotUsed(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>The answer to a verification takes its time, and changes of the view are gathered.</summary>
    private const long GraceMicros = 500_000;

    private readonly Dictionary<(int Viewer, NodeAddress Origin), (ulong Sequence, long Micros)> _contradicted = [];

    public override void Stopped(SimNode node, StopKind kind)
    {
        foreach (var key in _contradicted.Keys.Where(key => key.Viewer == node.Index).ToArray())
        {
            _ = _contradicted.Remove(key);
        }
    }

    public override void SignatureChecked(SimNode node, NodeAddress signer, ReadOnlySpan<byte> message, bool valid)
    {
        // What it holds is read while it waits for the answer: a look that changes nothing, and between two samples it could be gone.
        if (valid && IsHonest(node) && node.IsRunning && signer != node.Address && message.StartsWith(LinkStateRecord.SignatureLabel)
            && node.Core.FindRecord(signer) is { } held
            && held.Sequence == BinaryPrimitives.ReadUInt64LittleEndian(message[(LinkStateRecord.SignedPrefixBytes + 1 + NodeAddress.ByteLength)..])
            && held.Hash != RecordHash.Of(message))
        {
            _contradicted[(node.Index, signer)] = (held.Sequence, World.Clock.Micros);
        }
    }

    public override void Sampled()
    {
        foreach (var ((index, origin), (sequence, micros)) in _contradicted)
        {
            var viewer = World.Nodes[index];
            if (World.Clock.Micros - micros > GraceMicros && Exemptions.LastClockJump(viewer) < 0 && viewer.IsRunning
                && viewer.Core.View is var view && view.TryFind(origin, out var at) && view.Nodes[at].Sequence == sequence)
            {
                Violate($"{viewer.Name} uses sequence {sequence} of {World.Network.Find(origin)?.Name}, of which it has seen two bodies.");
            }
        }
    }
}
