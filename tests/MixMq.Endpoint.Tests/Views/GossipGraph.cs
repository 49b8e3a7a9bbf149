using MixMq.Crypto;
using MixMq.Overlay.Topology;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>
/// Records flooded over a graph, in the simplest form that has the rules of spec/06: a newer record replaces, the same sequence with another body is
/// evidence and quarantines its origin, and both go to all neighbours. A malicious node passes on what it likes.
/// </summary>
internal sealed class GossipGraph(TalkNet net, double hopMillis)
{
    private readonly Dictionary<int, Member> _members = [];

    /// <summary>Whether a record may go from a node to a neighbour: an attacker's choice. From, to, record.</summary>
    public Func<int, int, LinkStateRecord, bool> Passes { get; set; } = static (_, _, _) => true;

    public void Add(int node) => _members.Add(node, new());

    public void Link(int one, int other)
    {
        _members[one].Neighbours.Add(other);
        _members[other].Neighbours.Add(one);
    }

    public IReadOnlyCollection<int> NeighboursOf(int node) => _members[node].Neighbours;

    /// <summary>The node's view goes to its endpoint, gathered for a while.</summary>
    public void Show(int node, TalkEndpoint endpoint) => _members[node].Endpoint = endpoint;

    /// <summary>A node says something new, or an attacker puts it into a node's mouth.</summary>
    public void Publish(int at, LinkStateRecord record) => Take(at, record);

    public IEnumerable<LinkStateRecord> HeldBy(int node) =>
        _members[node].Records.Values.Where(record => !_members[node].Quarantined.ContainsKey(record.Address));

    /// <summary>Lets a node begin with a record, without gossip.</summary>
    public void Give(int node, LinkStateRecord record) => _members[node].Records[record.Address] = record;

    public void Redraw(int node)
    {
        var member = _members[node];
        member.Endpoint?.Show(RecordBook.View(HeldBy(node)));
        member.IsDrawn = true;
    }

    private void Take(int at, LinkStateRecord record)
    {
        var member = _members[at];
        var known = member.Records.TryGetValue(record.Address, out var held);
        if (known && held!.Sequence == record.Sequence && held.Hash != record.Hash)
        {
            // Evidence: both bodies go to everybody.
            if (member.Quarantined.TryAdd(record.Address, true))
            {
                Forward(at, held);
                Forward(at, record);
                Changed(at);
            }
        }
        else if (!known || held!.Sequence < record.Sequence)
        {
            member.Records[record.Address] = record;
            Forward(at, record);
            Changed(at);
        }
    }

    private void Forward(int from, LinkStateRecord record)
    {
        foreach (var to in _members[from].Neighbours)
        {
            if (Passes(from, to, record))
            {
                net.After(1 + net.Random.NextExponential(hopMillis), () => Take(to, record));
            }
        }
    }

    private void Changed(int at)
    {
        var member = _members[at];
        if (member.Endpoint is not null && member.IsDrawn)
        {
            member.IsDrawn = false;
            net.After(50, () => Redraw(at));
        }
    }

    private sealed class Member
    {
        public List<int> Neighbours { get; } = [];

        public Dictionary<MixMq.Sphinx.NodeAddress, LinkStateRecord> Records { get; } = [];

        public Dictionary<MixMq.Sphinx.NodeAddress, bool> Quarantined { get; } = [];

        public TalkEndpoint? Endpoint { get; set; }

        public bool IsDrawn { get; set; } = true;
    }
}
