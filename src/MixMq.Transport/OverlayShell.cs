using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Dialling;
using MixMq.Transport.Files;
using MixMq.Transport.Links;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;
using MixMq.Transport.Workers;

namespace MixMq.Transport;

/// <summary>
/// The overlay core's output: turns what the core says into sockets, work items and files. The sink's methods run on the
/// scheduler's thread and never wait; what they start ends up in the inbox again.
/// </summary>
internal sealed class OverlayShell : IOverlayShell, IDisposable
{
    private readonly ConcurrentDictionary<ConnectionId, LinkConnection> _connections = new();
    private readonly ConcurrentDictionary<ConnectionId, Task> _running = new();

    /// <summary>Signatures and keys that found the workers' queue full. Bounded by the core, which keeps state for each request.</summary>
    private readonly Queue<IWorkItem> _overflow = new();

    private readonly ThreadLocal<Unwrapper> _unwrappers = new(() => new Unwrapper(), trackAllValues: true);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly RelayConfiguration _configuration;
    private readonly NodeIdentity _identity;
    private readonly IPacketConsumer? _consumer;
    private readonly LinkEnvironment _links;
    private readonly CryptoWorkers _workers;
    private readonly Dialler _dialler;
    private readonly SequenceWriter _sequences;
    private readonly LinkJournal _journal;
    private readonly Action _statusChanged;
    private readonly long _replayCapacity;
    private readonly ILogger _log;
    private ImmutableDictionary<NodeAddress, LinkConnection> _neighbours = ImmutableDictionary<NodeAddress, LinkConnection>.Empty;
    private TopologyView? _view;
    private long _lastConnection;
    private int _unwrapsUnderWay;
    private bool _linksDirty;
    private bool _topologyDirty;

    internal OverlayShell(
        RelayConfiguration configuration,
        NodeIdentity identity,
        IPacketConsumer? consumer,
        LinkEnvironment links,
        CryptoWorkers workers,
        Dialler dialler,
        SequenceWriter sequences,
        LinkJournal journal,
        long replayCapacity,
        Action statusChanged,
        ILogger log)
    {
        _stopped = _stop.Token;
        _configuration = configuration;
        _identity = identity;
        _consumer = consumer;
        _links = links;
        _workers = workers;
        _dialler = dialler;
        _sequences = sequences;
        _journal = journal;
        _replayCapacity = replayCapacity;
        _statusChanged = statusChanged;
        _log = log;
    }

    public int UnwrapsUnderWay => Volatile.Read(ref _unwrapsUnderWay);

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
        return connection.TryEnqueue(packet);
    }

    /// <summary>Any thread: takes a connection whose TLS is up and runs it.</summary>
    internal void Attach(TlsChannel channel, Action? authenticated)
    {
        var id = new ConnectionId(Interlocked.Increment(ref _lastConnection));
        var connection = new LinkConnection(id, channel, _links, authenticated);
        _connections[id] = connection;
        var running = RunAsync(connection);
        _running[id] = running;
        _ = running.ContinueWith(_ => _running.TryRemove(id, out Task? _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Ends all connections: those that can write out what waits until the token is cancelled.</summary>
    internal async Task CloseAllAsync(CancellationToken bound)
    {
        await _stop.CancelAsync();
        foreach (var connection in _connections.Values)
        {
            connection.Close();
        }

        await using var abort = bound.Register(() =>
        {
            foreach (var connection in _connections.Values)
            {
                connection.Abort();
            }
        });
        while (!_running.IsEmpty)
        {
            await Task.WhenAll(_running.Values);
            await Task.Yield();
        }
    }

    /// <summary>Once no worker runs any more.</summary>
    public void Dispose()
    {
        foreach (var unwrapper in _unwrappers.Values)
        {
            unwrapper.Dispose();
        }

        _unwrappers.Dispose();
        _stop.Dispose();
    }

    public void Dial(NodeAddress peer) => _ = DialAsync(peer);

    public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
        if (!_connections.TryGetValue(id, out var connection))
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
        if (_connections.TryGetValue(id, out var connection))
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
        if (_connections.TryGetValue(id, out var connection))
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
        var work = new UnwrapWork(this, _configuration.Network.Definition, packet, candidates);
        Interlocked.Increment(ref _unwrapsUnderWay);
        if (!_workers.TryEnqueue(work))
        {
            Interlocked.Decrement(ref _unwrapsUnderWay);
            packet.Return();
            _links.Count(DropCause.CryptoQueueFull, 1);
        }
    }

    public void RequestMixKey(uint epoch) => Urgent(new MixKeyWork(_links.Inbox, epoch, _replayCapacity));

    public void PersistSequence(ulong sequence) => _sequences.Enqueue(sequence);

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

    public void LinkEvent(in LinkEvent linkEvent)
    {
        _linksDirty = true;
        _journal.Write(linkEvent);
    }

    public void EndOfRound(OverlayCore core)
    {
        while (_overflow.TryPeek(out var item) && _workers.TryEnqueueUrgent(item))
        {
            _overflow.Dequeue();
        }

        if (_topologyDirty)
        {
            _topologyDirty = false;
            ShowTopology(core);
        }

        if (_linksDirty)
        {
            _linksDirty = false;
            ShowLinks(core);
        }
    }

    /// <summary>Crypto worker's thread: unwraps and posts the answer.</summary>
    internal void Unwrap(PacketBuffer packet, NetworkDefinition network, ReadOnlySpan<MixKey> candidates)
    {
        var posted = false;
        try
        {
            var result = _unwrappers.Value!.Unwrap(packet.Packet, network, candidates);
            posted = _links.Inbox.Post(new UnwrapAnswer(packet, result));
        }
        finally
        {
            Interlocked.Decrement(ref _unwrapsUnderWay);
            if (!posted)
            {
                packet.Return();
            }
        }
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
        foreach (var peer in _configuration.Peers)
        {
            if (core.TryGetLink(peer.Address, out var id) && _connections.TryGetValue(id, out var connection))
            {
                neighbours[peer.Address] = connection;
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

    private async Task DialAsync(NodeAddress peer)
    {
        // Off the scheduler's thread from the first instruction: creating sockets and TLS contexts takes its time.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var channel = await _dialler.DialAsync(peer, _stopped);
        if (channel is not null)
        {
            Attach(channel, authenticated: null);
        }
        else
        {
            _links.Inbox.Post(new CoreAnswer.DialFailed(peer));
        }
    }

    private async Task RunAsync(LinkConnection connection)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (_stopped.IsCancellationRequested)
        {
            connection.Abort();
        }

        try
        {
            await connection.RunAsync();
        }
        catch (Exception e)
        {
            Log.ConnectionFailed(_log, e.GetType().Name);
        }

        _connections.TryRemove(connection.Id, out _);
        connection.Dispose();
    }
}
