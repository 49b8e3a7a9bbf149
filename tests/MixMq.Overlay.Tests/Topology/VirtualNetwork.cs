using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>
/// Topology cores joined by links with latency, on virtual time, with real signatures. Stands in for links (up, down, in order, HELLO
/// digests once a second), crypto workers and the sequence file. One seed, one run.
/// </summary>
internal sealed class VirtualNetwork
{
    private const long StartUnixMillis = 1_800_000_000_000;
    private readonly PriorityQueue<Action, (long Micros, long Order)> _events = new();
    private readonly SeededRandomSource _random;
    private readonly Dictionary<(int From, int To), long> _lastArrival = [];
    private readonly Dictionary<(int, int), int> _generation = [];
    private readonly HashSet<(int, int)> _up = [];
    private long _micros = 5_000_000;
    private long _order;

    private readonly bool _isIdeal;

    /// <param name="seed">One seed, one run.</param>
    /// <param name="isIdeal">Whether signatures are taken for granted: for networks of a size for which real ones take too long.</param>
    public VirtualNetwork(long seed, bool isIdeal = false)
    {
        _random = new SeededRandomSource(seed);
        _isIdeal = isIdeal;
    }

    public List<Node> Nodes { get; } = [];

    public long Micros => _micros;

    /// <summary>The links that are up.</summary>
    public IEnumerable<(int A, int B)> Links => _up;

    public double Seconds => (_micros - 5_000_000) / 1e6;

    /// <summary>Whether a cell is lost: (from, to, content).</summary>
    public Func<int, int, byte[], bool> Loses { get; set; } = static (_, _, _) => false;

    public List<(int Node, NodeAddress Neighbour, TopologyFault Fault)> Faults { get; } = [];

    public Node Add(TestIdentity identity, ulong storedSequence = 0, TopologyOptions? options = null, long clockOffsetMillis = 0, Range? keys = null)
    {
        var node = new Node(this, Nodes.Count, identity, storedSequence, options ?? TestNetwork.Options(identity), clockOffsetMillis);
        Nodes.Add(node);
        node.Begin(keys ?? ..1);
        return node;
    }

    /// <summary>The same identity again in the same place, with nothing but a stored sequence.</summary>
    public void Restart(int index, ulong storedSequence, long clockOffsetMillis)
    {
        var old = Nodes[index];
        foreach (var (a, b) in _up.Where(link => link.Item1 == index || link.Item2 == index).ToArray())
        {
            Disconnect(a, b);
        }

        Nodes[index] = new Node(this, index, old.Identity, storedSequence, old.Options, clockOffsetMillis);
        Nodes[index].Begin(..1);
    }

    /// <summary>The same identity again before the other ends of its links have noticed, with nothing but its sequence; what was on its way is lost.</summary>
    public void RestartUnnoticed(int index)
    {
        var old = Nodes[index];
        Nodes[index] = new Node(this, index, old.Identity, old.Persisted[^1], old.Options, 0);
        Nodes[index].Begin(..1);
        foreach (var (a, b) in _up.Where(link => link.Item1 == index || link.Item2 == index).ToArray())
        {
            var generation = ++_generation[(a, b)];
            Nodes[index].LinkUp(a == index ? b : a);
            Hello(a, b, generation);
            Hello(b, a, generation);
        }
    }

    public void Connect(int a, int b, double afterSeconds = 0) => At(afterSeconds, () =>
    {
        if (_up.Add((Math.Min(a, b), Math.Max(a, b))))
        {
            var generation = _generation[(Math.Min(a, b), Math.Max(a, b))] = _generation.GetValueOrDefault((Math.Min(a, b), Math.Max(a, b))) + 1;
            Nodes[a].LinkUp(b);
            Nodes[b].LinkUp(a);
            Hello(a, b, generation);
            Hello(b, a, generation);
        }
    });

    public void Disconnect(int a, int b)
    {
        if (_up.Remove((Math.Min(a, b), Math.Max(a, b))))
        {
            Nodes[a].LinkDown(b);
            Nodes[b].LinkDown(a);
        }
    }

    public void Run(double seconds) => RunUntil(static () => false, seconds);

    /// <summary>Runs until a condition holds; says after how long, or fails.</summary>
    public double RunUntil(Func<bool> condition, double atMostSeconds)
    {
        var begin = _micros;
        var end = _micros + (long)(atMostSeconds * 1e6);
        while (!condition())
        {
            if (!_events.TryPeek(out _, out var next) || next.Micros > end)
            {
                _micros = end;
                return double.PositiveInfinity;
            }

            var action = _events.Dequeue();
            _micros = Math.Max(_micros, next.Micros);
            action();
        }

        return (_micros - begin) / 1e6;
    }

    /// <summary>Whether these nodes hold the same view, and it has exactly the links that are up among them.</summary>
    public bool HasConverged(params int[] among)
    {
        among = among.Length > 0 ? among : [.. Enumerable.Range(0, Nodes.Count)];
        var links = _up.Count(link => among.Contains(link.Item1) && among.Contains(link.Item2));
        return among.All(i => Nodes[i].Core.View.Digest.AsSpan().SequenceEqual(Nodes[among[0]].Core.View.Digest.AsSpan())
            && among.All(j => Nodes[i].Core.View.TryFind(Nodes[j].Identity.Address, out _))
            && Nodes[i].Core.View.Nodes.Where(node => among.Any(j => Nodes[j].Identity.Address == node.Address)).Sum(node => node.Links.Length) == 2 * links);
    }

    public bool HasLink(int viewer, int a, int b)
    {
        var view = Nodes[viewer].Core.View;
        return view.TryFind(Nodes[a].Identity.Address, out var i) && view.TryFind(Nodes[b].Identity.Address, out var j) && view.Nodes[i].Links.Contains(j);
    }

    private void At(double seconds, Action action) => _events.Enqueue(action, (_micros + (long)(seconds * 1e6), _order++));

    private void Hello(int from, int to, int generation)
    {
        var link = (Math.Min(from, to), Math.Max(from, to));
        if (_up.Contains(link) && _generation[link] == generation)
        {
            var digest = Nodes[from].Core.Digest.ToArray();
            Deliver(from, to, () => Nodes[to].Digest(from, digest));
            At(0.9 + (0.2 * _random.NextDouble()), () => Hello(from, to, generation));
        }
    }

    private void Deliver(int from, int to, Action arrive)
    {
        var link = (Math.Min(from, to), Math.Max(from, to));
        var generation = _generation.GetValueOrDefault(link);
        var arrival = Math.Max(_micros + 1_000 + (long)(_random.NextDouble() * 19_000), _lastArrival.GetValueOrDefault((from, to)));
        _lastArrival[(from, to)] = arrival;
        _events.Enqueue(
            () =>
            {
                if (_up.Contains(link) && _generation[link] == generation)
                {
                    arrive();
                }
            },
            (arrival, _order++));
    }

    internal sealed class Node : ITopologySink
    {
        private readonly VirtualNetwork _network;
        private readonly long _clockOffset;
        private readonly Dictionary<NodeAddress, int> _peers = [];
        private long _lastId;
        private long _armed = Moment.Never;

        public Node(VirtualNetwork network, int index, TestIdentity identity, ulong storedSequence, TopologyOptions options, long clockOffset)
        {
            _network = network;
            _clockOffset = clockOffset;
            Index = index;
            Identity = identity;
            Options = options;
            Core = new TopologyCore(options, new SeededRandomSource((network._random.NextInt32(int.MaxValue) * 1000L) + index), storedSequence);
        }

        public int Index { get; }

        public TestIdentity Identity { get; }

        public TopologyOptions Options { get; }

        public TopologyCore Core { get; }

        public List<ulong> Persisted { get; } = [];

        /// <summary>What was stored last of what authorities said.</summary>
        public ImmutableArray<AuthorityStatement> Statements { get; private set; } = [];

        /// <summary>Whose links the core wanted closed.</summary>
        public List<NodeAddress> AdmissionsEnded { get; } = [];

        public List<ulong> Signed { get; } = [];

        public int CellsSent { get; private set; }

        /// <summary>Content of the cells sent.</summary>
        public long BytesSent { get; private set; }

        public void Begin(Range keys)
        {
            Call(static (Node me, Moment now, ref Node sink) => me.Core.Start(now, ref sink));
            Publish([.. Identity.MixKeys.AsSpan()[keys]]);
        }

        public void Publish(params PublishedMixKey[] keys) => Call((Node me, Moment now, ref Node sink) => me.Core.HandleMixKeys(keys, now, ref sink));

        public void LinkUp(int peer)
        {
            var address = _network.Nodes[peer].Identity.Address;
            _peers[address] = peer;
            Call((Node me, Moment now, ref Node sink) => me.Core.HandleLinkUp(address, now, ref sink));
        }

        public void LinkDown(int peer)
        {
            var address = _network.Nodes[peer].Identity.Address;
            Call((Node me, Moment now, ref Node sink) => me.Core.HandleLinkDown(address, now, ref sink));
        }

        public void Digest(int peer, byte[] digest)
        {
            var address = _network.Nodes[peer].Identity.Address;
            Call((Node me, Moment now, ref Node sink) => me.Core.HandleNeighbourDigest(address, digest, now, ref sink));
        }

        public void SendTopology(NodeAddress neighbour, ReadOnlySpan<byte> cellContent)
        {
            CellsSent++;
            BytesSent += cellContent.Length;
            var to = _peers[neighbour];
            var content = cellContent.ToArray();
            if (_network.Loses(Index, to, content))
            {
                return;
            }

            _network.Deliver(Index, to, () => _network.Nodes[to].Call((Node me, Moment now, ref Node sink) =>
            {
                var fault = me.Core.HandleMessage(_network.Nodes[Index].Identity.Address, content, now, ref sink);
                if (fault != TopologyFault.None)
                {
                    _network.Faults.Add((to, Identity.Address, fault));
                }
            }));
        }

        public RequestId NextRequestId() => new(++_lastId);

        public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
        {
            var prefix = LinkStateRecord.SignedPrefixBytes;
            Signed.Add(BitConverter.ToUInt64(message[(prefix + 33)..]));
            var signature = _network._isIdeal ? new byte[64] : Identity.Sign(message);
            _network.At(0.001, () => Current()?.Call((Node me, Moment now, ref Node sink) => me.Core.HandleSigned(id, signature, now, ref sink)));
        }

        public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
        {
            var valid = _network._isIdeal || record.Verify(signedMessage);
            _network.At(0.001, () => Current()?.Call((Node me, Moment now, ref Node sink) => me.Core.HandleVerified(id, valid, now, ref sink)));
        }

        public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            var valid = Ed25519.IsValidPublicKey(signer.ToArray()) && Ed25519.Verify(signer.ToArray(), message, signature);
            _network.At(0.001, () => Current()?.Call((Node me, Moment now, ref Node sink) => me.Core.HandleVerified(id, valid, now, ref sink)));
        }

        public void PersistStatements(ImmutableArray<AuthorityStatement> statements) => Statements = statements;

        /// <summary>The link is closed, as the overlay would; one with whom there is none is nothing to it.</summary>
        public void AdmissionEnded(NodeAddress neighbour)
        {
            if (_peers.TryGetValue(neighbour, out var peer))
            {
                AdmissionsEnded.Add(neighbour);
                _network.At(0, () => _network.Disconnect(Index, peer));
            }
        }

        public void Give(AuthorityStatement statement) => Call((Node me, Moment now, ref Node sink) => me.Core.HandleStatement(statement, now, ref sink));

        public void PersistSequence(ulong sequence)
        {
            _network.At(0.003, () => Current()?.Call((Node me, Moment now, ref Node sink) =>
            {
                me.Persisted.Add(sequence);
                me.Core.HandleSequencePersisted(sequence, now, ref sink);
            }));
        }

        public void TopologyChanged()
        {
        }

        public void NeighbourFault(NodeAddress neighbour, TopologyFault fault) => _network.Faults.Add((Index, neighbour, fault));

        private Node? Current() => _network.Nodes[Index] == this ? this : null;

        private void Call(CoreCall call)
        {
            var self = this;
            call(this, new Moment(_network._micros, StartUnixMillis + _clockOffset + (_network._micros / 1000)), ref self);
            var deadline = Core.NextDeadline;
            if (deadline == Moment.Never || deadline >= _armed)
            {
                return;
            }

            _armed = deadline;
            _network._events.Enqueue(
                () =>
                {
                    if (_armed == deadline && Current() is not null)
                    {
                        _armed = Moment.Never;
                        Call(static (Node me, Moment now, ref Node sink) => me.Core.Advance(now, ref sink));
                    }
                },
                (Math.Max(deadline, _network._micros), _network._order++));
        }

        private delegate void CoreCall(Node me, Moment now, ref Node sink);
    }
}
