using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// What a scenario has done after which something isn't promised. Each kind says which promise falls, and no checker lets more pass than that.
/// </summary>
public sealed class Exemptions
{
    private readonly HashSet<int> _hostile = [];
    private readonly HashSet<NodeAddress> _unbelievable = [];
    private readonly HashSet<int> _sequenceLost = [];
    private readonly HashSet<int> _contradicted = [];
    private readonly HashSet<int> _revoked = [];
    private readonly HashSet<NodeAddress> _storeLied = [];
    private readonly HashSet<NodeAddress> _restored = [];
    private readonly HashSet<MessageId> _spoiledOutbox = [];
    private readonly HashSet<MessageId> _spoiledInbox = [];
    private readonly Dictionary<int, long> _clockJumped = [];

    /// <summary>It doesn't run the shipping program: nothing is promised of it, and its record may say anything.</summary>
    public void AddHostile(SimNode node)
    {
        _ = _hostile.Add(node.Index);
        _ = _unbelievable.Add(node.Address);
    }

    public bool IsHostile(SimNode node) => _hostile.Contains(node.Index);

    public bool IsHostile(NodeAddress address) => _unbelievable.Contains(address);

    /// <summary>
    /// Its stored sequence was put back or lost: until it hears of its own newer record it may publish with sequences that it used before. That it
    /// comes to a record that all others take is still demanded.
    /// </summary>
    public void AddSequenceLost(SimNode node) => _ = _sequenceLost.Add(node.Index);

    public bool HasLostSequence(SimNode node) => _sequenceLost.Contains(node.Index);

    /// <summary>
    /// With its sequence lost and its clock set back it has signed two records with one sequence, and is quarantined for the lifetime of them (spec/06):
    /// nobody sees it, and it can't be written to. A node that hasn't lost its sequence must never come to this.
    /// </summary>
    public void AddContradicted(SimNode node) => _ = _contradicted.Add(node.Index);

    public bool HasContradicted(SimNode node) => _contradicted.Contains(node.Index);

    /// <summary>Its admission was ended: nobody who knows of it sees it, has a link with it, or tells it anything.</summary>
    public void AddRevoked(SimNode node) => _ = _revoked.Add(node.Index);

    public bool IsRevoked(SimNode node) => _revoked.Contains(node.Index);

    /// <summary>
    /// Its disk lost what it had called durable. Nothing is promised of messages from and to such a node: they may be lost, stay unsettled, be reported as what took their place, or
    /// come twice. They must still be whole, and nobody's invention.
    /// </summary>
    public void AddStoreLied(SimNode node) => _ = _storeLied.Add(node.KnownAs);

    /// <param name="address">The one under which the node is known.</param>
    public bool HasStoreLied(NodeAddress address) => _storeLied.Contains(address);

    /// <summary>
    /// Its store was put back from a copy (spec/07, section 17). What it had accepted since, it has forgotten, as its application has; what it had taken in since comes again, or is
    /// listed as a gap; and of what was settled in a time that it has forgotten, it may learn only that it was settled, not as what.
    /// </summary>
    public void AddRestored(SimNode node) => _ = _restored.Add(node.KnownAs);

    /// <param name="address">The one under which the node is known.</param>
    public bool IsRestored(NodeAddress address) => _restored.Contains(address);

    /// <summary>Whether the promise to applications holds between two nodes.</summary>
    public bool IsPromised(NodeAddress from, NodeAddress to) => !HasStoreLied(from) && !HasStoreLied(to);

    /// <summary>
    /// A bit of it was flipped in the sender's database, which has no checksums, or in what the recipient has gathered of it: it may have to wait for its
    /// expiry. It must not arrive with other content.
    /// </summary>
    public void AddSpoiledOutbox(MessageId id) => _ = _spoiledOutbox.Add(id);

    public bool IsSpoiledOutbox(MessageId id) => _spoiledOutbox.Contains(id);

    /// <summary>A bit of it was flipped in the recipient's database: the application may see it changed.</summary>
    public void AddSpoiledInbox(MessageId id) => _ = _spoiledInbox.Add(id);

    public bool IsSpoiledInbox(MessageId id) => _spoiledInbox.Contains(id);

    /// <summary>Its wall clock was set: what depends on it may take a second longer.</summary>
    public void AddClockJump(SimNode node, long micros) => _clockJumped[node.Index] = micros;

    /// <summary>Its wall clock is further off than the network allows: others don't believe its records, nor it theirs.</summary>
    public static bool IsClockWrong(SimNode node) => Math.Abs(node.Clock.SkewMillis) > node.Parameters.SkewSeconds * 500L;

    public long LastClockJump(SimNode node) => _clockJumped.GetValueOrDefault(node.Index, long.MinValue / 2);
}
