using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Transport.Admission;
using MixMq.Transport.Files;
using MixMq.Transport.Handover;
using MixMq.Transport.Links;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;
using MixMq.Transport.Workers;

namespace MixMq.Transport;

/// <summary>
/// The overlay core's output: turns what the core says into sockets, work items and files. The sink's methods run on the
/// scheduler's thread and never wait; what they start ends up in the inbox again.
/// </summary>
internal sealed class OverlayShell : IOverlayShell
{
    /// <summary>Signatures and keys that found the workers' queue full. Bounded by the core, which keeps state for each request.</summary>
    private readonly Queue<IWorkItem> _overflow = new();

    /// <summary>Connections that got cells in this round; their writers are woken once, at its end, and find all of them.</summary>
    private readonly List<LinkConnection> _toWake = [];

    private readonly PeerDirectory _peers;
    private readonly NodeIdentity _identity;
    private readonly IPacketConsumer? _consumer;
    private readonly LinkEnvironment _links;
    private readonly LinkTable _table;
    private readonly CryptoWorkers _workers;
    private readonly BatchQueue<UnwrapJob> _unwraps;
    private readonly SequenceWriter _sequences;
    private readonly LinkJournal _journal;
    private readonly CertificateRegister _certificates;
    private readonly HandoverTaker _handover;
    private readonly AdmissionStore _admission;
    private readonly Action _statusChanged;
    private readonly MapPublisher _maps;
    private readonly long _replayCapacity;
    private readonly ILogger _log;
    private ImmutableDictionary<NodeAddress, LinkConnection> _neighbours = ImmutableDictionary<NodeAddress, LinkConnection>.Empty;
    private TopologyView? _view;
    private long _mapVersion;
    private NodeAddress? _replacedBy;
    private bool _unwrapsQueued;
    private bool _linksDirty;
    private bool _topologyDirty;

    internal OverlayShell(
        NetworkDefinition network,
        PeerDirectory peers,
        NodeIdentity identity,
        IPacketConsumer? consumer,
        LinkEnvironment links,
        LinkTable table,
        CryptoWorkers workers,
        SequenceWriter sequences,
        LinkJournal journal,
        CertificateRegister certificates,
        HandoverTaker handover,
        AdmissionStore admission,
        long replayCapacity,
        Action statusChanged,
        MapPublisher maps,
        ILogger log)
    {
        _maps = maps;
        _peers = peers;
        _identity = identity;
        _consumer = consumer;
        _links = links;
        _workers = workers;
        _table = table;
        _unwraps = workers.AddQueue(Unwrapper.MaxBatch, () => new UnwrapWork(links.Inbox, network));
        _sequences = sequences;
        _journal = journal;
        _certificates = certificates;
        _handover = handover;
        _admission = admission;
        _replayCapacity = replayCapacity;
        _statusChanged = statusChanged;
        _log = log;
    }

    public int UnwrapsUnderWay { get; private set; }

    /// <summary>The newest view; null before the core started, and always in a float.</summary>
    internal TopologyView? View => Volatile.Read(ref _view);

    /// <summary>Any thread: whether a link is up at all.</summary>
    internal bool HasLinks => !Volatile.Read(ref _neighbours).IsEmpty;

    /// <summary>Any thread: whether the link to a neighbour is up.</summary>
    internal bool HasLink(NodeAddress neighbour) => Volatile.Read(ref _neighbours).ContainsKey(neighbour);

    /// <summary>Any thread: queues a packet on the link to a neighbour. False: the caller still owns it.</summary>
    internal bool TrySend(NodeAddress neighbour, PacketBuffer packet)
    {
        if (!Volatile.Read(ref _neighbours).TryGetValue(neighbour, out var connection))
        {
            return false;
        }

        packet.Cell[0] = (byte)CellType.Packet;
        if (!connection.TryEnqueue(packet))
        {
            return false;
        }

        connection.Wake();
        return true;
    }

    public void Dial(NodeAddress peer) => _table.Dial(peer);

    public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
        if (!_table.TryGet(id, out var connection))
        {
            return;
        }

        if (type != CellType.Control)
        {
            // The core says HELLO, and all that follows, to authenticated peers only.
            connection.MarkAuthenticated();
        }

        if (!_links.Controls.TryRent(out var cell))
        {
            _links.Count(DropCause.PoolEmpty, 1);
            return;
        }

        LinkCell.Write(type, content, cell.Cell);
        Enqueue(connection, cell);
    }

    public void SendPacket(ConnectionId id, PacketBuffer packet)
    {
        if (_table.TryGet(id, out var connection))
        {
            Enqueue(connection, packet);
        }
        else
        {
            packet.Return();
            _links.Count(DropCause.NoLink, 1);
        }
    }

    public void Close(ConnectionId id, LinkCloseReason reason)
    {
        if (_table.TryGet(id, out var connection))
        {
            connection.Close();
        }
    }

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message) => Urgent(new SignWork(_identity, _links.Inbox, id, message.ToArray()));

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Urgent(new VerifyWork(_links.Inbox, id, signer, message.ToArray(), signature.ToArray()));

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage) =>
        Urgent(new VerifyRecordWork(_links.Inbox, id, record, signedMessage.ToArray()));

    public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates)
    {
        // Counted until the answer is taken: so there is always room for the answers, and a worker never waits with one.
        if (UnwrapsUnderWay < _links.Inbox.UnwrapLimit && _unwraps.TryEnqueue(new UnwrapJob(packet, candidates)))
        {
            UnwrapsUnderWay++;
            _unwrapsQueued = true;
        }
        else
        {
            packet.Return();
            _links.Count(DropCause.CryptoQueueFull, 1);
        }
    }

    public void UnwrapsAnswered(int count) => UnwrapsUnderWay -= count;

    public void RequestMixKey(uint epoch) => Urgent(new MixKeyWork(_links.Inbox, epoch, _replayCapacity));

    public void ReleaseMixKey(MixKey key) => Urgent(new MixKeyRelease(key));

    public void PersistSequence(ulong sequence) => _sequences.Enqueue(sequence);

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements)
    {
        _admission.Enqueue(statements);
        var parameters = statements.OfType<SignedParameters>().First().Number;
        var revocations = statements.OfType<RevokedAddresses>().FirstOrDefault()?.Number ?? 0;
        var entries = statements.Count(static statement => statement is MapEntry);
        var successions = statements.Count(static statement => statement is Succession);
        Admission.Log.Holds(_log, parameters, revocations, entries, successions);
    }

    public void Deliver(PacketBuffer packet, in UnwrapResult result)
    {
        if (_consumer is null)
        {
            // A float has no messages: nothing in it could read one.
            packet.Return();
            _links.Count(DropCause.NotForFloat, 1);
        }
        else
        {
            _consumer.OnDelivered(packet, result);
        }
    }

    public void TopologyChanged() => _topologyDirty = true;

    public void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message) => _handover.HandedOver(peer, kind, message);

    public void HandoverEnded(NodeAddress peer) => _handover.Ended(peer);

    public void LinkEvent(in LinkEvent linkEvent)
    {
        _linksDirty = true;
        _journal.Write(linkEvent);
    }

    public void PeersChanged() => _linksDirty = true;

    public void EndOfRound(OverlayCore core)
    {
        if (_unwrapsQueued)
        {
            _unwrapsQueued = false;
            _unwraps.Wake();
        }

        foreach (var connection in _toWake)
        {
            connection.IsToBeWoken = false;
            connection.Wake();
        }

        _toWake.Clear();
        while (_overflow.TryPeek(out var item) && _workers.TryEnqueueUrgent(item))
        {
            _overflow.Dequeue();
        }

        if (_topologyDirty)
        {
            _topologyDirty = false;
            ShowTopology(core);
        }

        if (core.MapVersion != _mapVersion)
        {
            _mapVersion = core.MapVersion;
            WarnIfReplaced(core.Replacement);

            // Only who is asked for names needs the map; a float holds and spreads it alone.
            if (_consumer is not null)
            {
                _maps.Signal();
            }
        }

        if (_linksDirty)
        {
            _linksDirty = false;
            ShowLinks(core);
        }
    }

    // Once for each successor: more signatures of the same statement are no news.
    private void WarnIfReplaced(Succession? replacement)
    {
        if (replacement?.New == _replacedBy)
        {
            return;
        }

        _replacedBy = replacement?.New;
        if (replacement is not null)
        {
            Admission.Log.Replaced(_log, ReplacedAddress.Happened(replacement.IsEmergency), ReplacedAddress.Advice);
        }

        _statusChanged();
    }

    // Only who draws paths needs the view; a float never has it made.
    private void ShowTopology(OverlayCore core)
    {
        _statusChanged();
        if (_consumer is not null)
        {
            var view = core.View;
            Volatile.Write(ref _view, view);
            _consumer.OnTopology(view);
        }
    }

    private void ShowLinks(OverlayCore core)
    {
        var neighbours = ImmutableDictionary.CreateBuilder<NodeAddress, LinkConnection>();
        foreach (var peer in _peers.Current.All)
        {
            if (core.TryGetLink(peer.Address, out var id) && _table.TryGet(id, out var connection))
            {
                neighbours[peer.Address] = connection;
                _certificates.Seen(peer.Name, connection.Remote);
            }
        }

        Volatile.Write(ref _neighbours, neighbours.ToImmutable());
        _statusChanged();
    }

    private void Enqueue(LinkConnection connection, PacketBuffer cell)
    {
        var isPacket = cell.Cell[0] == (byte)CellType.Packet;
        if (connection.TryEnqueue(cell))
        {
            if (!connection.IsToBeWoken)
            {
                connection.IsToBeWoken = true;
                _toWake.Add(connection);
            }

            return;
        }

        cell.Return();
        if (isPacket)
        {
            _links.Count(DropCause.LinkQueueFull, 1);
        }
        else
        {
            // Topology cells come in order or not at all: a peer that doesn't take 512 of them is not worth the link.
            connection.Close();
        }
    }

    private void Urgent(IWorkItem item)
    {
        if (_overflow.Count > 0 || !_workers.TryEnqueueUrgent(item))
        {
            _overflow.Enqueue(item);
        }
    }
}
