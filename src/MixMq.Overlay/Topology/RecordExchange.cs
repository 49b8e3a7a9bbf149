using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Gossip with the neighbours: who has what is announced, bodies are pulled, each once and from one neighbour at a time, and verified
/// before they are handed on. Unverified data decides nothing but what to ask for.
/// </summary>
internal sealed partial class RecordExchange(
    TopologyOptions options, TopologyDatabase database, OwnRecord own, StatementExchange statements, AdmissionWatch watch, TopologyTally tally, IRandomSource random)
{
    private readonly Dictionary<NodeAddress, Neighbour> _neighbours = new(AddressComparer.Instance);
    private readonly List<Neighbour> _inOrder = [];

    // They outlive links, and are as many as there are configured peers.
    private readonly Dictionary<NodeAddress, NeighbourAccount> _accounts = new(AddressComparer.Instance);
    private readonly NeighbourAgenda _agenda = new();
    private readonly Dictionary<RequestId, Verification> _verifications = [];
    private readonly Dictionary<RecordHash, Flight> _flights = [];
    private readonly VerifiedRecords _verified = new(options.RecordLimit / 4);
    private readonly GossipWriter _writer = new(options.MaxCellContent);
    private readonly List<Announcement> _announcements = [];
    private readonly List<(Announcement Asked, Want Want)> _chosen = [];
    private byte[] _signed = [];
    private long _flushAt = Moment.Never;
    private long _busyUntil;
    private bool _viewChanged;

    public long NextDeadline => Math.Min(_flushAt, _agenda.NextDeadline);

    public bool Owns(RequestId id) => _verifications.ContainsKey(id);

    public void AddNeighbour(NodeAddress address, Moment now)
    {
        if (!_neighbours.ContainsKey(address))
        {
            if (!_accounts.TryGetValue(address, out var account))
            {
                _accounts.Add(address, account = new NeighbourAccount(now.Micros));
            }

            var neighbour = new Neighbour(address, options.MaxCellContent, account);
            _neighbours.Add(address, neighbour);
            _inOrder.Add(neighbour);
            MarkChanged(now);
        }
    }

    /// <summary>Forgets a neighbour.</summary>
    /// <returns>Whether it was one.</returns>
    public bool RemoveNeighbour(NodeAddress address)
    {
        if (!_neighbours.Remove(address, out var neighbour))
        {
            return false;
        }

        neighbour.IsGone = true;
        _ = _inOrder.Remove(neighbour);
        if (neighbour.Outstanding is { } pull)
        {
            Release(pull);
        }

        return true;
    }

    /// <summary>The view is to be made anew soon.</summary>
    public void MarkChanged(Moment now)
    {
        _viewChanged = true;
        Gather(now);
    }

    /// <summary>Tells all neighbours of a record, but the one it came from and those who announced the same.</summary>
    public void Spread(LinkStateRecord record, NodeAddress? from, Moment now)
    {
        var key = new WantedKey(new Announcement(record.Address, record.Sequence, record.Hash, IsEvidence: false));
        foreach (var neighbour in _inOrder)
        {
            if (!neighbour.Wanted.Settle(in key, record.Hash) && neighbour.Address != from)
            {
                _ = neighbour.ToAnnounce.Add(record.Address);
            }
        }

        MarkChanged(now);
    }

    public TopologyFault HandleCell<TSink>(NodeAddress address, ReadOnlySpan<byte> cellContent, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (!_neighbours.TryGetValue(address, out var neighbour))
        {
            return TopologyFault.None;
        }

        var fault = neighbour.Assembler.Take(cellContent, out var message);
        if (fault != TopologyFault.None || message.IsEmpty)
        {
            return fault;
        }

        return (GossipKind)message[0] switch
        {
            GossipKind.Announce => HandleAnnounce(neighbour, message[1..], now),
            GossipKind.Pull => HandlePull(neighbour, message[1..], now, ref sink),
            GossipKind.Bodies => HandleBodies(neighbour, message[1..], now, ref sink),
            GossipKind.Question => HandleQuestion(neighbour, message[1..], now, ref sink),
            GossipKind.Difference => HandleDifference(neighbour, message[1..], now),
            GossipKind.Statements or GossipKind.StatementPull or GossipKind.Statement => statements.Handle(address, message, now, ref sink),
            _ => TopologyFault.MalformedMessage,
        };
    }

    /// <summary>Sends what is to be announced.</summary>
    /// <returns>Whether the view and the digest must be made anew.</returns>
    public bool Flush<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (_flushAt > now.Micros)
        {
            return false;
        }

        var next = Moment.Never;
        foreach (var neighbour in _inOrder)
        {
            if (neighbour.ToAnnounce.Count > 0)
            {
                next = AnnounceTo(neighbour, ref sink) ? next : now.Micros + TopologyLimits.GatherMicros;
            }
        }

        _flushAt = next;
        _busyUntil = now.Micros + TopologyLimits.AnnounceIntervalMicros;
        var changed = _viewChanged;
        _viewChanged = false;
        return changed;
    }

    /// <summary>Does what is due with each neighbour with which something is to be done.</summary>
    public void Settle<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        while (_agenda.TryTake(now.Micros, out var neighbour))
        {
            EndOverdue(neighbour, now);
            Pull(neighbour, now, ref sink);
            Compare(neighbour, now, ref sink);
            _agenda.Arm(neighbour);
        }
    }

    // In portions, for a whole database at once could be more than a link's queue takes.
    private bool AnnounceTo<TSink>(Neighbour neighbour, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _announcements.Clear();
        var isAll = neighbour.ToAnnounce.Count <= TopologyLimits.MaxToldAtOnce;
        foreach (var address in isAll ? neighbour.ToAnnounce : neighbour.ToAnnounce.Take(TopologyLimits.MaxToldAtOnce))
        {
            database.Describe(address, _announcements);
        }

        neighbour.Announced(isAll);
        _writer.Announce(neighbour.Address, _announcements, ref sink);
        return isAll;
    }

    private void Tell(Neighbour neighbour, NodeAddress address, Moment now)
    {
        _ = neighbour.ToAnnounce.Add(address);
        Gather(now);
    }

    // A single change is passed on at once. Many, as after a heal, share cells: each costs a whole one, however little is in it.
    private void Gather(Moment now) =>
        _flushAt = Math.Min(_flushAt, Math.Max(now.Micros + TopologyLimits.GatherMicros, _busyUntil));

    private Interest Consider(in Announcement announced)
    {
        if (announced.Address != options.Own)
        {
            return database.Consider(announced);
        }

        if (announced.IsEvidence)
        {
            return Interest.Known;
        }

        return announced.Sequence >= own.Sequence
            ? announced.Hash != own.Published?.Hash ? Interest.Wanted : Interest.Known
            : announced.Sequence < own.Published?.Sequence ? Interest.Behind : Interest.Known;
    }

    private TopologyFault HandleAnnounce(Neighbour neighbour, ReadOnlySpan<byte> body, Moment now)
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt16(out var count) || count == 0 || reader.Remaining != count * GossipWriter.AnnouncementBytes)
        {
            return TopologyFault.MalformedMessage;
        }

        for (var i = 0; i < count; i++)
        {
            if (!Announcement.TryRead(ref reader, out var announced))
            {
                return TopologyFault.MalformedMessage;
            }

            Hear(neighbour, announced, now);
        }

        return TopologyFault.None;
    }

    private void Hear(Neighbour neighbour, in Announcement announced, Moment now)
    {
        switch (Consider(announced))
        {
            case Interest.Wanted when neighbour.Wanted.TryAdd(announced):
                neighbour.NextPull = Math.Min(neighbour.NextPull, now.Micros);
                _agenda.Wake(neighbour);
                break;

            case Interest.Wanted:
                tally.Add(TopologyCounter.AnnouncementsPassed);
                break;

            case Interest.Behind:
                Tell(neighbour, announced.Address, now);
                break;

            default:
                // It has what we were about to tell it, unless that has changed since.
                if (neighbour.ToAnnounce.Count > 0 && !announced.IsEvidence && database.Find(announced.Address)?.Hash == announced.Hash)
                {
                    _ = neighbour.ToAnnounce.Remove(announced.Address);
                }

                break;
        }
    }
}
