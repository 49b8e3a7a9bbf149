using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>
/// One seed of the attack: a victim with three neighbours, so many of them malicious, writes to endpoints elsewhere in a network of relays. The
/// malicious ones pass on all packets and all records but those they lie about.
/// </summary>
internal sealed class EclipseRun
{
    private const int Relays = 16;
    private const int Victim = 950;
    private const int FirstFriend = 951;
    private readonly TalkNet _net;
    private readonly GossipGraph _graph;
    private readonly int[] _liars;
    private readonly HashSet<int> _targets = [];
    private readonly Dictionary<ExchangeNonce, (NodeAddress Friend, long Micros)> _begun = [];
    private readonly HashSet<ExchangeNonce> _answered = [];
    private readonly TalkEndpoint _victim;
    private readonly TalkEndpoint[] _friends;
    private readonly Lie _lie;
    private readonly HashSet<NodeAddress> _subjects;
    private long _falseSince = -1;

    public EclipseRun(long seed, int malicious, int friends)
    {
        _net = new TalkNet(seed) { Loss = 0.02 };
        _graph = new(_net, hopMillis: 150);
        _lie = (Lie)_net.Random.NextInt32(4);
        BuildGraph(friends);
        _liars = [.. _graph.NeighboursOf(Victim).Take(malicious)];
        while (_targets.Count < 1 + _net.Random.NextInt32(3))
        {
            var target = _net.Random.NextInt32(Relays);
            _ = _graph.NeighboursOf(Victim).Contains(target) || _targets.Add(target);
        }

        _subjects = [.. _targets.Select(RecordBook.Address), .. _targets.Select(target => RecordBook.Address(970 + target))];
        _victim = Endpoint(Victim);
        _friends = [.. Enumerable.Range(FirstFriend, friends).Select(Endpoint)];
        _net.Passes = (_, to, message) =>
        {
            Watch(to, message);
            return true;
        };
        BeginGossip();
        foreach (var friend in _friends)
        {
            _net.Talk(_victim, friend);
        }
    }

    private enum Lie
    {
        Withheld,
        Stale,
        Phantom,
        Contradictory,
    }

    /// <summary>Whether the victim's view was false for longer than gossip takes.</summary>
    public bool WasFalse { get; private set; }

    /// <summary>Answered rounds with one correspondent, begun after the view became false, until the first note; 0: there was none.</summary>
    public int RoundsToNote { get; private set; }

    /// <summary>The same, with each of two correspondents, until the warning; 0: there was none.</summary>
    public int RoundsToWarning { get; private set; }

    public override string ToString() => $"{_lie}, {_targets.Count} targets, {_friends.Length} friends: {_victim.Views}";

    public ViewSuspicion Suspicion => _victim.Core.ViewSuspicion;

    /// <summary>Runs until the finding, or four minutes after the lie began.</summary>
    public void Run(ViewSuspicion wanted)
    {
        _net.RunFor(20);
        BeginLie();
        while (_net.Clock.Micros < (_liars.Length < 3 ? 160_000_000 : 300_000_000))
        {
            _net.RunFor(2);
            if (_falseSince < 0 && IsFalse())
            {
                _falseSince = _net.Clock.Micros;
            }
            else if (_falseSince >= 0 && !IsFalse())
            {
                _falseSince = -1;
            }

            WasFalse |= _falseSince >= 0 && _net.Clock.Micros - _falseSince > 10_000_000;
            if (RoundsToNote == 0 && Suspicion >= ViewSuspicion.Note)
            {
                RoundsToNote = _friends.Max(RoundsWith);
            }

            if (Suspicion >= wanted)
            {
                RoundsToWarning = _friends.Min(RoundsWith);
                return;
            }

            if (_falseSince >= 0 && _net.Clock.Micros - _falseSince > 240_000_000)
            {
                return;
            }
        }
    }

    private int RoundsWith(TalkEndpoint friend) => _begun.Count(begun =>
        begun.Value.Friend == friend.Address && begun.Value.Micros >= _falseSince && _answered.Contains(begun.Key));

    // Which rounds the victim began, and which of them were answered.
    private void Watch(NodeAddress to, byte[] message)
    {
        ReadOnlySpan<byte> rest = message;
        while (Frame.TryTake(ref rest, out var type, out var body))
        {
            if (type == FrameType.ViewSummary && to != _victim.Address && body.StartsWith(_victim.Address.ToArray()))
            {
                _begun.TryAdd(ExchangeNonce.FromBytes(body[ViewChannel.AfterTag..]), (to, _net.Clock.Micros));
            }
            else if (type == FrameType.ViewItems && to == _victim.Address)
            {
                _answered.Add(ExchangeNonce.FromBytes(body[ViewChannel.AfterTag..]));
            }
        }
    }

    private void BuildGraph(int friends)
    {
        for (var relay = 0; relay < Relays; relay++)
        {
            _graph.Add(relay);
            if (relay > 0)
            {
                // A ring, and as many chords.
                _graph.Link(relay, relay - 1);
            }
        }

        _graph.Link(0, Relays - 1);
        for (var relay = 0; relay < Relays; relay++)
        {
            _graph.Link(relay, (relay + 3 + _net.Random.NextInt32(Relays - 6)) % Relays);
        }

        foreach (var (node, links) in Enumerable.Range(FirstFriend, friends).Select(friend => (friend, 2)).Prepend((Victim, 3)))
        {
            _graph.Add(node);
            // The friends have honest neighbours: else they are victims too.
            var chosen = new HashSet<int>();
            while (chosen.Count < links)
            {
                var relay = _net.Random.NextInt32(Relays);
                if ((node == Victim || !_graph.NeighboursOf(Victim).Contains(relay)) && chosen.Add(relay))
                {
                    _graph.Link(node, relay);
                }
            }
        }
    }

    private TalkEndpoint Endpoint(int node)
    {
        var endpoint = _net.Add(node, _net.Random.NextInt32(20_001) - 10_000);
        _graph.Show(node, endpoint);
        return endpoint;
    }

    private void BeginGossip()
    {
        var nodes = Enumerable.Range(0, Relays).Append(Victim).Concat(Enumerable.Range(FirstFriend, _friends.Length)).ToArray();
        foreach (var origin in Enumerable.Range(0, Relays))
        {
            var record = RecordBook.Get(origin, RecordBook.FirstVersion - 1 - (origin % 4));
            foreach (var node in nodes.Where(node => node != Victim || _lie != Lie.Withheld || _liars.Length < 3 || !_targets.Contains(origin)))
            {
                _graph.Give(node, record);
            }

            Refresh(origin);
        }

        Array.ForEach(nodes, _graph.Redraw);

        // Those whom the liars are after say something new more often, so that there is something to withhold.
        void Refresh(int origin) => _net.After(15_000 + ((_targets.Contains(origin) ? 45_000 : 165_000) * _net.Random.NextDouble()), () =>
        {
            // An equivocator has said it all; the others go on.
            if (_lie != Lie.Contradictory || !_targets.Contains(origin))
            {
                _graph.Publish(origin, RecordBook.Get(origin, RecordBook.VersionAt(_net.Clock.Micros)));
            }

            Refresh(origin);
        });
    }

    private void BeginLie()
    {
        var targets = _targets.Select(RecordBook.Address).ToHashSet();
        var fakes = _targets.Select(target => RecordBook.Address(970 + target)).ToHashSet();
        switch (_lie)
        {
            case Lie.Withheld or Lie.Stale:
                _graph.Passes = (from, to, record) => to != Victim || !_liars.Contains(from) || !targets.Contains(record.Address);
                break;
            case Lie.Phantom:
                _graph.Passes = (from, _, record) => !_liars.Contains(from) || !fakes.Contains(record.Address);
                foreach (var target in _targets)
                {
                    _graph.Publish(Victim, RecordBook.Get(970 + target, RecordBook.FirstVersion - 1));
                }

                break;
            default:
                // The targets are the attacker's: the victim gets another body, and what it says of that goes no further than to liars.
                _graph.Passes = (from, to, record) => !(_liars.Contains(from) || (from == Victim && _liars.Contains(to))) || !targets.Contains(record.Address);
                foreach (var target in _targets)
                {
                    var version = RecordBook.VersionAt(_net.Clock.Micros);
                    _graph.Publish(target, RecordBook.Get(target, version));
                    _graph.Publish(Victim, RecordBook.Get(target, version, variant: 1));
                }

                break;
        }
    }

    // What the victim holds against what the first friend holds: of the lie's subjects alone, for everything else is only on its way.
    private bool IsFalse()
    {
        var here = Of(Victim);
        return !here.SetEquals(Of(FirstFriend));

        HashSet<RecordHash> Of(int node) =>
            [.. _graph.HeldBy(node).Where(record => _subjects.Contains(record.Address)).Select(record => record.Hash)];
    }
}
