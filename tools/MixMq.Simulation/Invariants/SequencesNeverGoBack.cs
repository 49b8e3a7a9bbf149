using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A node signs a record only with a sequence that its disk holds, and that it never signed with before; and the messages of a conversation are
/// numbered without gap or repetition, over all crashes.
/// </summary>
public sealed class SequencesNeverGoBack(Exemptions exemptions) : Invariant(exemptions)
{
    private readonly Dictionary<int, ulong> _signed = [];
    private readonly Dictionary<(int Node, ulong Sequence), RecordHash> _bodies = [];
    private readonly Dictionary<(int Sender, NodeAddress Recipient, ConversationId Conversation), ulong> _messages = [];

    public override void SignatureWanted(SimNode node, ReadOnlySpan<byte> message)
    {
        if (!IsHonest(node) || !message.StartsWith(LinkStateRecord.SignatureLabel))
        {
            return;
        }

        var sequence = BinaryPrimitives.ReadUInt64LittleEndian(message[(LinkStateRecord.SignedPrefixBytes + 1 + NodeAddress.ByteLength)..]);
        if (sequence > node.Disk.Sequence)
        {
            Violate($"{node.Name} signs a record with sequence {sequence}; its disk holds {node.Disk.Sequence}.");
        }

        if (_signed.TryGetValue(node.Index, out var before) && sequence <= before && !Exemptions.HasLostSequence(node))
        {
            Violate($"{node.Name} signs a record with sequence {sequence} after one with {before}.");
        }

        _signed[node.Index] = Math.Max(before, sequence);
        var body = RecordHash.Of(message);
        if (_bodies.TryGetValue((node.Index, sequence), out var other) && other != body)
        {
            Exemptions.AddContradicted(node);
        }

        _bodies[(node.Index, sequence)] = body;
    }

    public override void CommitDurable(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation is StoreOperation.AppendOutbox { Entry: var entry })
            {
                var key = (node.Index, entry.Recipient, entry.Conversation);
                var expected = _messages.GetValueOrDefault(key) + 1;
                if (entry.Sequence != expected && !Exemptions.IsStoreTakenBack(node.Address))
                {
                    Violate($"{node.Name} stores a message with sequence {entry.Sequence} in a conversation where {expected} is next.");
                }

                _messages[key] = entry.Sequence;
            }
        }
    }
}
