using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Transport;

namespace MixMq.Bench.Mixing;

/// <summary>One core of a <see cref="CorePair"/>, with what it asks for done in place and what it says put into the queue that both share.</summary>
internal sealed class CoreNode(NetworkParameters network, Queue<Action<Moment>> inputs, Action<PacketBuffer> released) : IOverlaySink, IDisposable
{
    private static readonly ConnectionId Connection = new(1);

    private readonly NodeIdentity _identity = NodeIdentity.Generate(SystemRandomSource.Instance);
    private readonly PacketPool _controls = new(network.CellBytes, 1024);
    private OverlayCore _core = null!;
    private CoreNode _other = null!;

    public NodeAddress Address => _identity.Address;

    public long NextDeadline => _core.NextDeadline;

    public bool IsUp { get; private set; }

    public void Connect(CoreNode other, bool dials, int delayQueueLimit)
    {
        _other = other;
        var options = new OverlayOptions
        {
            Network = network,
            Own = Address,
            Relays = true,
            Peers = [new PeerOptions(other.Address, "other", dials, !dials)],
            DelayQueueLimit = delayQueueLimit,
        };
        _core = new OverlayCore(options, SystemRandomSource.Instance, storedSequence: 0);
    }

    public void Start(Moment now)
    {
        var self = this;
        _core.Start(now, ref self);
    }

    public void Advance(Moment now)
    {
        var self = this;
        _core.Advance(now, ref self);
    }

    /// <summary>As if a crypto worker had unwrapped the packet.</summary>
    public void Unwrapped(PacketBuffer packet, in UnwrapResult result, Moment now)
    {
        var self = this;
        _core.HandleUnwrapped(packet, result, now, ref self);
    }

    public int Delayed(Moment now) => _core.Snapshot(now).Delayed;

    public void Dispose() => _identity.Dispose();

    public void Stop(Moment now)
    {
        var self = this;
        _core.Stop(now, ref self);
    }

    public void Dial(NodeAddress peer)
    {
        Post((node, now) => node.Connected(now, dialled: true));
        _other.Post((node, now) => node.Connected(now, dialled: false));
    }

    public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
        if (_controls.TryRent(out var cell))
        {
            LinkCell.Write(type, content, cell.Cell);
            _other.Post((node, now) => node.Arrived(cell, now));
        }
    }

    public void SendPacket(ConnectionId id, PacketBuffer packet) => released(packet);

    public void Close(ConnectionId id, LinkCloseReason reason) => IsUp = false;

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        _identity.Sign(message, signature);
        Post((node, now) => node._core.HandleSigned(id, signature, now, ref node));
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Verified(id, Ed25519.Verify(signer.ToArray(), message, signature));

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage) => Verified(id, record.Verify(signedMessage));

    public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) => packet.Return();

    public void RequestMixKey(uint epoch)
    {
        var key = MixKey.Generate(epoch, replayCapacity: 16, SystemRandomSource.Instance);
        Post((node, now) => node._core.HandleMixKey(key, now, ref node));
    }

    public void PersistSequence(ulong sequence) => Post((node, now) => node._core.HandleSequencePersisted(sequence, now, ref node));

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements)
    {
        // The network of a measurement has no authorities.
    }

    public void Deliver(PacketBuffer packet, in UnwrapResult result) => packet.Return();

    public void TopologyChanged()
    {
        // Nobody draws paths here.
    }

    public void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message)
    {
    }

    public void HandoverEnded(NodeAddress peer)
    {
    }

    public void LinkEvent(in LinkEvent linkEvent) => IsUp = linkEvent.Kind switch
    {
        LinkEventKind.Up => true,
        LinkEventKind.Down => false,
        _ => IsUp,
    };

    private void Post(Action<CoreNode, Moment> input) => inputs.Enqueue(now => input(this, now));

    private void Verified(RequestId id, bool valid) => Post((node, now) => node._core.HandleVerified(id, valid, now, ref node));

    private void Arrived(PacketBuffer cell, Moment now)
    {
        var self = this;
        _core.HandleCell(Connection, cell, now, ref self);
    }

    private void Connected(Moment now, bool dialled)
    {
        var self = this;
        var info = new ConnectionInfo
        {
            DialledPeer = dialled ? _other.Address : null,
            ChannelBinding = new byte[32],
            LocalCertificateHash = Enumerable.Repeat((byte)(dialled ? 1 : 2), 32).ToArray(),
            RemoteCertificateHash = Enumerable.Repeat((byte)(dialled ? 2 : 1), 32).ToArray(),
            TrustedFor = [_other.Address],
        };
        _core.HandleConnected(Connection, info, now, ref self);
    }
}
