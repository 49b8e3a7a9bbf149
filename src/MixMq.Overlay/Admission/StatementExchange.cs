using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>
/// Gossip of parameters and revocation lists with the neighbours: what is held is announced on each new link and when it changes, bodies are
/// pulled, one at a time, and verified before they are taken and handed on. A node that was told of no authorities announces and asks nothing.
/// </summary>
internal sealed class StatementExchange(TopologyOptions options, NetworkGovernance governance, TopologyTally tally)
{
    private readonly Dictionary<NodeAddress, StatementPeer> _peers = new(AddressComparer.Instance);
    private readonly List<StatementPeer> _inOrder = [];
    private readonly Dictionary<RequestId, Verification> _verifications = [];
    private readonly HashSet<RecordHash> _underWay = [];
    private readonly Queue<(AuthorityStatement Statement, RecordHash Hash)> _given = new();
    private GossipWriter? _writer;
    private bool _isDue;

    /// <summary>When <see cref="Settle"/> is to be called, in microseconds.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    public bool Owns(RequestId id) => _verifications.ContainsKey(id);

    public void AddNeighbour(NodeAddress address, Moment now)
    {
        if (governance.IsGoverned && !_peers.ContainsKey(address))
        {
            var peer = new StatementPeer(address, now.Micros) { IsToBeTold = true };
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

    /// <summary>The operator has installed a statement.</summary>
    public void Give(AuthorityStatement statement)
    {
        var hash = governance.NameOf(statement);
        if (governance.Judge(statement) == StatementVerdict.Wanted && _underWay.Add(hash))
        {
            _given.Enqueue((statement, hash));
            _isDue = true;
        }
    }

    /// <summary>What was refused may be taken now.</summary>
    public void LookAgain()
    {
        _isDue = true;
        foreach (var offer in _inOrder.SelectMany(static peer => peer.Offers))
        {
            offer.IsRefused = false;
        }
    }

    public TopologyFault Handle<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> message, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var body = message[1..];
        var kind = (GossipKind)message[0];
        return _peers.TryGetValue(neighbour, out var peer) ? kind switch
        {
            GossipKind.Statements => HandleAnnounced(peer, body),
            GossipKind.StatementPull => HandlePull(peer, body, now, ref sink),
            _ => HandleBody(peer, body, now, ref sink),
        }
        : HandleUngoverned(kind, body);
    }

    /// <summary>A signature was verified.</summary>
    /// <returns>Whether what the node believes changes by it.</returns>
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
        if (governance.Judge(verification.Statement) != StatementVerdict.Wanted || !governance.Take(verification.Statement, now))
        {
            return false;
        }

        tally.Add(TopologyCounter.StatementsTaken);
        foreach (var peer in _inOrder)
        {
            peer.IsToBeTold |= !peer.Has(verification.Hash);
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
            Verify(given.Statement, given.Hash, from: null, ref sink);
        }

        NextDeadline = Moment.Never;
        foreach (var peer in CollectionsMarshal.AsSpan(_inOrder))
        {
            if (peer.IsBehind && peer.RetellAfter <= now.Micros)
            {
                // At its pace: where each of two holds what the other can't take, they would answer each other without end.
                (peer.IsBehind, peer.IsToBeTold) = (false, true);
                peer.RetellAfter = now.Micros + AdmissionLimits.RetellMicros;
            }

            if (peer.IsToBeTold)
            {
                peer.IsToBeTold = false;
                Writer.Statements(peer.Address, Announcements(), ref sink);
            }

            if (peer.Asked is not null && peer.Deadline <= now.Micros)
            {
                tally.Add(TopologyCounter.PullTimeouts);
                Release(peer);
                peer.AskAfter = now.Micros + AdmissionLimits.PullPenaltyMicros;
            }

            Ask(peer, now, ref sink);
            NextDeadline = Math.Min(NextDeadline, peer.Asked is not null ? peer.Deadline : peer.AskAfter > now.Micros ? peer.AskAfter : Moment.Never);
            NextDeadline = Math.Min(NextDeadline, peer.IsBehind ? peer.RetellAfter : Moment.Never);
        }

        // What was given up may be asked of a neighbour that had its turn before.
        NextDeadline = _isDue ? now.Micros : NextDeadline;
    }

    private GossipWriter Writer => _writer ??= new GossipWriter(options.MaxCellContent);

    // To who was told of no authorities others announce, and it asks nothing, so nothing can be an answer.
    private static TopologyFault HandleUngoverned(GossipKind kind, ReadOnlySpan<byte> body) => kind switch
    {
        GossipKind.Statements => StatementAnnouncement.TryReadAll(body, out _) ? TopologyFault.None : TopologyFault.MalformedMessage,
        GossipKind.StatementPull => TopologyFault.None,
        _ => TopologyFault.Unsolicited,
    };

    private ImmutableArray<StatementAnnouncement> Announcements() =>
        [.. governance.State.Select(statement => new StatementAnnouncement(statement.Kind, NetworkGovernance.Number(statement)!.Value, governance.NameOf(statement)))];

    private TopologyFault HandleAnnounced(StatementPeer peer, ReadOnlySpan<byte> body)
    {
        if (!StatementAnnouncement.TryReadAll(body, out var announced))
        {
            return TopologyFault.MalformedMessage;
        }

        peer.Hear(announced);
        // It may not have heard what it was told: its end of the link can have come up after this one.
        peer.IsBehind = governance.State.Any(held => !peer.Has(governance.NameOf(held)));
        _isDue = true;
        return TopologyFault.None;
    }

    private TopologyFault HandlePull<TSink>(StatementPeer peer, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (body.Length != RecordHash.Bytes)
        {
            return TopologyFault.MalformedMessage;
        }

        if (!peer.TryAnswer(now.Micros))
        {
            tally.Add(TopologyCounter.PullsRefused);
            return TopologyFault.None;
        }

        // What it asks for may have been replaced since it was announced: then it is told of what took its place.
        var hash = RecordHash.FromBytes(body);
        if (governance.State.FirstOrDefault(statement => governance.NameOf(statement) == hash) is { } found)
        {
            Writer.Statement(peer.Address, found.Encoded.Span, ref sink);
        }
        else
        {
            peer.IsToBeTold = _isDue = true;
        }

        return TopologyFault.None;
    }

    private TopologyFault HandleBody<TSink>(StatementPeer peer, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (AuthorityStatement.TryParse(body, out var statement) != StatementError.None)
        {
            return TopologyFault.MalformedRecord;
        }

        var hash = governance.NameOf(statement!);
        if (peer.Asked is not { } asked || asked.Announced.Hash != hash)
        {
            return peer.HasAsked(hash) ? TopologyFault.None : TopologyFault.Unsolicited;
        }

        peer.Asked = null;
        _isDue = true;
        switch (governance.Judge(statement!))
        {
            case StatementVerdict.Wanted:
                Verify(statement!, hash, peer.Address, ref sink);
                return TopologyFault.None;
            case StatementVerdict.Wrong:
                _ = _underWay.Remove(hash);
                return TopologyFault.MalformedRecord;
            case StatementVerdict.Untrusted or StatementVerdict.CannotChange:
                // Not the neighbour's fault: it may believe others. It is looked at again when other parameters hold here.
                tally.Add(TopologyCounter.StatementsRefused);
                asked.IsRefused = true;
                break;
            default:
                break;
        }

        _ = _underWay.Remove(hash);
        return TopologyFault.None;
    }

    private void Verify<TSink>(AuthorityStatement statement, RecordHash hash, NodeAddress? from, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var verification = new Verification(statement, hash, from) { Left = statement.SignatureCount };
        var message = statement.SignedMessage(options.Network.Definition.Id);
        var signers = statement.Signers;
        for (var i = 0; i < signers.Length; i++)
        {
            var id = sink.NextRequestId();
            _verifications.Add(id, verification);
            sink.RequestVerify(id, signers[i], message, statement.SignatureAt(i));
        }
    }

    private void Ask<TSink>(StatementPeer peer, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (peer.Asked is not null || peer.AskAfter > now.Micros)
        {
            return;
        }

        foreach (var offer in peer.Offers)
        {
            var (kind, number, hash) = offer.Announced;
            if (!offer.IsRefused && governance.Wants(kind, number, hash) && _underWay.Add(hash))
            {
                peer.Ask(offer, now.Micros + AdmissionLimits.PullTimeoutMicros);
                Writer.StatementPull(peer.Address, hash, ref sink);
                return;
            }
        }
    }

    private void Release(StatementPeer peer)
    {
        if (peer.Asked is { } asked)
        {
            _ = _underWay.Remove(asked.Announced.Hash);
            peer.Asked = null;
            _isDue = true;
        }
    }

    private sealed class Verification(AuthorityStatement statement, RecordHash hash, NodeAddress? from)
    {
        public AuthorityStatement Statement => statement;

        public RecordHash Hash => hash;

        public NodeAddress? From => from;

        public int Left { get; set; }

        public bool Holds { get; set; } = true;
    }
}
