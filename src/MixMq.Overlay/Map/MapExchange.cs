using System.Runtime.InteropServices;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// Gossip of the map with the neighbours. News is named at once; what was missed is found by summaries, which are compared on each new link and
/// every round. Entries are pulled by their hashes and verified before they are taken and named on. Nobody is ever asked for a name.
/// </summary>
internal sealed partial class MapExchange(TopologyOptions options, NetworkGovernance governance, NetworkMap map, TopologyTally tally)
{
    private const int MostPages = (MapLimits.MaxHeld / MapLimits.MaxNamed) + 1;
    private readonly Dictionary<NodeAddress, MapPeer> _peers = new(AddressComparer.Instance);
    private readonly List<MapPeer> _inOrder = [];
    private readonly Dictionary<RequestId, Verification> _verifications = [];
    private readonly HashSet<RecordHash> _underWay = [];
    private readonly HashSet<RecordHash> _passedOver = [];
    private readonly Queue<(MapStatement Entry, RecordHash Hash)> _given = new();
    private MapWriter? _writer;
    private bool _isDue;

    /// <summary>When <see cref="Settle"/> is to be called, in microseconds.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    /// <summary>Whether entries are being verified: what is taken meanwhile needn't be stored one by one.</summary>
    public bool IsVerifying => _verifications.Count > 0;

    private MapWriter Writer => _writer ??= new MapWriter(options.MaxCellContent);

    public bool Owns(RequestId id) => _verifications.ContainsKey(id);

    public void AddNeighbour(NodeAddress address, Moment now)
    {
        if (governance.IsGoverned && !_peers.ContainsKey(address))
        {
            var peer = new MapPeer(address, now.Micros);
            _peers.Add(address, peer);
            _inOrder.Add(peer);
            _isDue = true;
        }
    }

    public void RemoveNeighbour(NodeAddress address)
    {
        if (_peers.Remove(address, out var peer))
        {
            _ = _inOrder.Remove(peer);
            Release(peer);
        }
    }

    /// <summary>The operator has installed an entry.</summary>
    public void Give(MapStatement entry, Moment now)
    {
        var hash = map.NameOf(entry);
        if (map.Judge(entry, now) == StatementVerdict.Wanted && _underWay.Add(hash))
        {
            _given.Enqueue((entry, hash));
            _isDue = true;
        }
    }

    /// <summary>Other parameters hold: what was passed over may be taken now, and neighbours have it.</summary>
    public void LookAgain(Moment now)
    {
        _passedOver.Clear();
        foreach (var peer in _inOrder)
        {
            peer.Untrusted.Clear();
            peer.Cursor ??= default(RecordHash);
            peer.SummaryAt = now.Micros;
        }

        _isDue = true;
    }

    public TopologyFault Handle<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> message, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var body = message[1..];
        var kind = (GossipKind)message[0];
        if (!_peers.TryGetValue(neighbour, out var peer))
        {
            // Who was told of no authorities asks nothing, so nothing can be an answer.
            return kind == GossipKind.MapEntries ? TopologyFault.Unsolicited : TopologyFault.None;
        }

        _isDue = true;
        return kind switch
        {
            GossipKind.MapSummary => HandleSummary(peer, body, now),
            GossipKind.MapQuestion => HandleQuestion(peer, body, now, ref sink),
            GossipKind.MapNames => HandleNames(peer, body),
            GossipKind.MapPull => HandlePull(peer, body, now, ref sink),
            _ => HandleEntries(peer, body, now, ref sink),
        };
    }

    /// <summary>A signature was verified.</summary>
    /// <returns>Whether the map changes by it.</returns>
    public bool HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (!_verifications.Remove(id, out var verification))
        {
            return false;
        }

        verification.Holds &= valid;
        if (--verification.Left > 0)
        {
            return false;
        }

        _ = _underWay.Remove(verification.Hash);
        _isDue = true;
        if (!verification.Holds)
        {
            tally.Add(TopologyCounter.BadSignature);
            if (verification.From is { } from && _peers.ContainsKey(from))
            {
                tally.Add(TopologyCounter.Faults);
                sink.NeighbourFault(from, TopologyFault.BadSignature);
            }

            return false;
        }

        // Others may have come meanwhile.
        if (map.Judge(verification.Entry, now) != StatementVerdict.Wanted)
        {
            PassOver(verification.Hash);
            return false;
        }

        var name = map.NameOf(map.Take(verification.Entry, now));
        tally.Add(TopologyCounter.StatementsTaken);
        foreach (var peer in _inOrder)
        {
            if (peer.Address != verification.From)
            {
                peer.Tell(name);
            }
        }

        return true;
    }

    /// <summary>Tells, asks, and gives up what has taken too long.</summary>
    public void Settle<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (!_isDue && NextDeadline > now.Micros)
        {
            return;
        }

        _isDue = false;
        while (_given.TryDequeue(out var given))
        {
            Verify(given.Entry, given.Hash, from: null, ref sink);
        }

        NextDeadline = Moment.Never;
        foreach (var peer in CollectionsMarshal.AsSpan(_inOrder))
        {
            if (peer.IsAsked && peer.Deadline <= now.Micros)
            {
                tally.Add(TopologyCounter.PullTimeouts);
                Release(peer);
                peer.AskAfter = now.Micros + AdmissionLimits.PullPenaltyMicros;
            }

            if (peer.News.Count == MapLimits.MaxNamed || (peer.News.Count > 0 && peer.NewsAfter <= now.Micros))
            {
                peer.NewsAfter = now.Micros + MapLimits.NewsMicros;
                peer.News.Sort(static (one, other) => one.Compare(other));
                Writer.Names(peer.Address, 0, more: false, CollectionsMarshal.AsSpan(peer.News), ref sink);
                peer.News.Clear();
            }

            if (peer.SummaryAt <= now.Micros)
            {
                peer.SummaryAt = now.Micros + MapLimits.SummaryMicros;
                Writer.Summary(peer.Address, map.Count, map.Digest, ref sink);
            }

            Ask(peer, now, ref sink);
            NextDeadline = Math.Min(NextDeadline, peer.News.Count > 0 ? peer.NewsAfter : Moment.Never);
            NextDeadline = Math.Min(NextDeadline, Math.Min(peer.SummaryAt, peer.IsAsked ? peer.Deadline : peer.AskAfter > now.Micros ? peer.AskAfter : Moment.Never));
        }

        // What was given up may be asked of a neighbour that had its turn before.
        NextDeadline = _isDue ? now.Micros : NextDeadline;
    }

    private void Ask<TSink>(MapPeer peer, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (peer.IsAsked || peer.AskAfter > now.Micros || (peer.Wanted.Count == 0 && peer.Cursor is null) || !peer.TryQuestion(now.Micros))
        {
            return;
        }

        var wanted = new List<RecordHash>();
        var isUnderWay = false;
        for (var left = peer.Wanted.Count; left > 0 && wanted.Count < MapLimits.MaxPulled && peer.Wanted.TryTake(out var hash); left--)
        {
            if (IsNews(peer, hash))
            {
                if (_underWay.Add(hash))
                {
                    wanted.Add(hash);
                }
                else
                {
                    // Another neighbour is asked for it, and may fail.
                    isUnderWay = true;
                    _ = peer.Want(hash);
                }
            }
        }

        if (wanted.Count > 0)
        {
            peer.Pulled = [.. wanted];
            Writer.Pull(peer.Address, ++peer.LastId, peer.Pulled, ref sink);
        }
        else if (!isUnderWay && peer.Cursor is { } cursor)
        {
            peer.IsQuestioned = true;
            peer.PagesLeft = cursor == default(RecordHash) ? MostPages : peer.PagesLeft;
            Writer.Question(peer.Address, ++peer.LastId, cursor, ref sink);
        }

        else
        {
            peer.ReturnQuestion();
        }

        peer.Deadline = peer.IsAsked ? now.Micros + AdmissionLimits.PullTimeoutMicros : Moment.Never;
    }

    private void Verify<TSink>(MapStatement entry, RecordHash hash, NodeAddress? from, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var verification = new Verification(entry, hash, from) { Left = entry.SignatureCount };
        var message = entry.SignedMessage(options.Network.Definition.Id);
        var signers = entry.Signers;
        for (var i = 0; i < signers.Length; i++)
        {
            var id = sink.NextRequestId();
            _verifications.Add(id, verification);
            sink.RequestVerify(id, signers[i], message, entry.SignatureAt(i));
        }
    }

    private bool IsNews(MapPeer peer, RecordHash hash) => !map.Holds(hash) && !_passedOver.Contains(hash) && !peer.Untrusted.Contains(hash);

    private void PassOver(RecordHash hash)
    {
        _ = _underWay.Remove(hash);
        if (_passedOver.Count == MapLimits.MaxPassedOver)
        {
            _passedOver.Clear();
        }

        _ = _passedOver.Add(hash);
    }

    private void Release(MapPeer peer)
    {
        foreach (var hash in peer.Pulled ?? [])
        {
            _ = _underWay.Remove(hash);
            _ = peer.Want(hash);
        }

        if (peer.IsQuestioned)
        {
            peer.Cursor ??= default(RecordHash);
        }

        (peer.Pulled, peer.IsQuestioned) = (null, false);
        _isDue = true;
    }

    private sealed class Verification(MapStatement entry, RecordHash hash, NodeAddress? from)
    {
        public MapStatement Entry => entry;

        public RecordHash Hash => hash;

        public NodeAddress? From => from;

        public int Left { get; set; }

        public bool Holds { get; set; } = true;
    }
}
