using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A node signs a record only with a sequence that its disk holds, that it never signed with before, and that isn't behind a record of its own that it
/// has heard; and the messages of a conversation are numbered without gap or repetition, over all crashes.
/// </summary>
public sealed class SequencesNeverGoBack(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>Longer than it takes from the check of a signature until the core has its answer.</summary>
    private const long AnswerMicros = 2_000;

    private readonly Dictionary<int, ulong> _signed = [];
    private readonly Dictionary<int, (ulong Sequence, long Micros)> _heard = [];
    private readonly Dictionary<(NodeAddress Node, ulong Sequence), RecordHash> _bodies = [];
    private readonly Dictionary<(int Sender, NodeAddress Recipient, ConversationId Conversation), ulong> _messages = [];

    // What a process has heard and not yet passed it may forget when it ends; it will hear it again.
    public override void Stopped(SimNode node, StopKind kind) => _ = _heard.Remove(node.Index);

    // Messages go on from where the copy was; that they don't stay in places which others know is for the exchange of marks, and for the arrival of each.
    public override void StoreRestored(SimNode node)
    {
        foreach (var key in _messages.Keys.Where(key => key.Sender == node.Index).ToArray())
        {
            _ = _messages.Remove(key);
        }

        foreach (var conversation in node.Disk.Store.OutboundConversations)
        {
            _messages[(node.Index, conversation.Recipient, conversation.Conversation)] = conversation.NextSequence - 1;
        }
    }

    public override void SignatureChecked(SimNode node, NodeAddress signer, ReadOnlySpan<byte> message, bool valid)
    {
        if (valid && signer == node.Address && message.StartsWith(LinkStateRecord.SignatureLabel)
            && SequenceOf(message) is var sequence && sequence > _heard.GetValueOrDefault(node.Index).Sequence)
        {
            _heard[node.Index] = (sequence, World.Clock.Micros);
        }
    }

    public override void SignatureWanted(SimNode node, ReadOnlySpan<byte> message)
    {
        if (!IsHonest(node) || !message.StartsWith(LinkStateRecord.SignatureLabel))
        {
            return;
        }

        var sequence = SequenceOf(message);
        if (sequence > node.Disk.Sequence)
        {
            Violate($"{node.Name} signs a record with sequence {sequence}; its disk holds {node.Disk.Sequence}.");
        }

        if (_signed.TryGetValue(node.Index, out var before) && sequence <= before && !Exemptions.HasLostSequence(node))
        {
            Violate($"{node.Name} signs a record with sequence {sequence} after one with {before}.");
        }

        if (_heard.TryGetValue(node.Index, out var heard) && sequence < heard.Sequence && World.Clock.Micros - heard.Micros > AnswerMicros)
        {
            Violate($"{node.Name} signs a record with sequence {sequence} after it has heard one of its own with {heard.Sequence}.");
        }

        _signed[node.Index] = Math.Max(before, sequence);
        var body = RecordHash.Of(message);
        if (_bodies.TryGetValue((node.Address, sequence), out var other) && other != body)
        {
            Exemptions.AddContradicted(node);
        }

        _bodies[(node.Address, sequence)] = body;
    }

    public override void CommitDurable(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation is StoreOperation.AppendOutbox { Entry: var entry })
            {
                var key = (node.Index, entry.Recipient, entry.Conversation);
                var expected = _messages.GetValueOrDefault(key) + 1;
                if (entry.Sequence != expected && !Exemptions.HasStoreLied(node.KnownAs))
                {
                    Violate($"{node.Name} stores a message with sequence {entry.Sequence} in a conversation where {expected} is next.");
                }

                _messages[key] = entry.Sequence;
            }
            else if (operation is StoreOperation.JoinOutbox { Left: var left, Into: var into, Target: var target })
            {
                _ = _messages.Remove((node.Index, left.Peer, left.Conversation));
                _messages[(node.Index, into, left.Conversation)] = target + (left.Last - left.First);
            }
            else if (operation is StoreOperation.MoveOutbox { Gap: var gap, NextSequence: var next })
            {
                _messages[(node.Index, gap.Peer, gap.Conversation)] = next - 1;
            }
        }
    }

    private static ulong SequenceOf(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt64LittleEndian(message[(LinkStateRecord.SignedPrefixBytes + 1 + NodeAddress.ByteLength)..]);
}
