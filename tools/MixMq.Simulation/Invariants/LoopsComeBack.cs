using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A node's loops reach nobody but it, are alone in their packets and never become messages; its figures add up, and say of no more loops that they returned than came; and where nothing fails, all return. Whether packets by SURB
/// are loops only their maker knows, so of these it is held to its figures alone.
/// </summary>
public sealed class LoopsComeBack(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>Longer than any loop may take before it counts as lost: as many delays as hops at the network's cap, and the slack.</summary>
    private const double LongestSeconds = (11 * 1.0) + (LoopLimits.SlackMs / 1000.0) + 1;

    private const byte FrameType = 10;
    private const int FrameBytes = 3 + MessageId.ByteCount;
    private readonly Dictionary<MessageId, int> _makers = [];
    private readonly Dictionary<int, (long Made, long Came)> _counts = [];

    /// <summary>Loops that returned, of all nodes, in processes that have ended or go on.</summary>
    public long Returned { get; private set; }

    public override void Started(SimNode node) => _counts[node.Index] = default;

    public override void PacketMade(SimNode node, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
    {
        var isLoop = path[^1].Address == node.Address;
        if (!IsHonest(node) || isLoop != (message is [FrameType, ..]))
        {
            if (IsHonest(node))
            {
                Violate($"{node.Name} made a packet that is a loop by its path or by what is in it, and not by both.");
            }

            return;
        }

        if (!isLoop)
        {
            return;
        }

        if (message.Length != FrameBytes || BinaryPrimitives.ReadUInt16LittleEndian(message[1..]) != MessageId.ByteCount)
        {
            Violate($"{node.Name} made a loop with something beside its id.");
        }

        if (!_makers.TryAdd(MessageId.FromBytes(message[3..]), node.Index))
        {
            Violate($"{node.Name} made a loop with an id that has been used.");
        }

        _counts[node.Index] = _counts[node.Index] with { Made = _counts[node.Index].Made + 1 };
    }

    public override void PacketDelivered(SimNode node, ReadOnlySpan<byte> message)
    {
        if (message is not [FrameType, ..] || message.Length != FrameBytes || !_makers.TryGetValue(MessageId.FromBytes(message[3..]), out var maker))
        {
            return;
        }

        if (maker != node.Index)
        {
            Violate($"{node.Name} got a loop of another node.");
        }

        _counts[node.Index] = _counts[node.Index] with { Came = _counts[node.Index].Came + 1 };
    }

    public override void CommitBegun(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation is StoreOperation.AppendInbox append && _makers.ContainsKey(append.Entry.Id))
            {
                Violate($"{node.Name} stores a loop as a message.");
            }
        }
    }

    public override void Sampled()
    {
        foreach (var node in Watched())
        {
            Check(node, node.Endpoint!.Snapshot().Loops);
        }
    }

    public override void Stopped(SimNode node, StopKind kind) => _ = _counts.Remove(node.Index);

    /// <summary>Nothing fails any more, and for so long nothing will: what is sent from now on must return.</summary>
    public void GoOnQuietly(double seconds)
    {
        World.RunFor(LongestSeconds);
        var before = Watched().ToDictionary(node => node, node => node.Endpoint!.Snapshot().Loops);
        World.RunFor(seconds);
        foreach (var (node, old) in before)
        {
            var loops = node.Endpoint!.Snapshot().Loops;
            var lost = loops.Forward.Lost + loops.Surb.Lost - old.Forward.Lost - old.Surb.Lost;
            if (lost > 0)
            {
                Violate(string.Create(CultureInfo.InvariantCulture, $"{node.Name} lost {lost} loops although nothing fails ({loops.Forward}, {loops.Surb})."));
            }

            Returned += loops.Forward.Returned + loops.Surb.Returned;
        }
    }

    private IEnumerable<SimNode> Watched() => World.Nodes.Where(node => node.IsRunning && node.Endpoint is not null && IsHonest(node));

    private void Check(SimNode node, LoopReport loops)
    {
        foreach (var figures in (LoopFigures[])[loops.Forward, loops.Surb])
        {
            if (figures.Sent != figures.Returned + figures.Lost + figures.Dropped + figures.UnderWay || figures.Late > figures.Lost
                || figures.UnderWay > LoopLimits.MaxUnderWay || figures.Measured > LoopLimits.Samples)
            {
                Violate($"{node.Name} has figures of loops that don't add up ({figures}).");
            }
        }

        var (made, came) = _counts[node.Index];
        if (made > loops.Forward.Sent || loops.Forward.Returned + loops.Forward.Late > came)
        {
            Violate(string.Create(CultureInfo.InvariantCulture, $"{node.Name} made {made} loops and got {came}, and its figures are {loops.Forward}."));
        }
    }
}
