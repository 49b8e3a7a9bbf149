using System.Collections.Immutable;
using System.Diagnostics;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Bench.Links;

/// <content>What the core asks for. Few packets come this way and no one waits, so signatures are made and checked in place.</content>
internal sealed partial class LinkEnd : IOverlaySink
{
    /// <summary>A sink gets packets of its own alone, and each once: enough for a run.</summary>
    private const long ReplayCapacity = 4_000_000;

    public void Dial(NodeAddress peer) => _ = Task.Run(DialAsync);

    public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
        var cell = new byte[CellBytes];
        LinkCell.Write(type, content, cell);
        _outbound.Enqueue(cell);
    }

    public void SendPacket(ConnectionId id, PacketBuffer packet) => packet.Return();

    public void Close(ConnectionId id, LinkCloseReason reason) => Fail($"A link to the float was closed: {reason}.");

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        _identity.Sign(message, signature);
        _answers.Enqueue((core, now, ref self) => core.HandleSigned(id, signature, now, ref self));
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var key = signer.ToArray();
        Verified(id, Ed25519.IsValidPublicKey(key) && Ed25519.Verify(key, message, signature));
    }

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage) => Verified(id, record.Verify(signedMessage));

    public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) => packet.Return();

    public void RequestMixKey(uint epoch)
    {
        // The core disposes of its key when the epoch is over; packets are opened after the measured time, so a second one is kept.
        Span<byte> secret = stackalloc byte[X25519.KeyBytes];
        SystemRandomSource.Instance.Fill(secret);
        if (_taker is not null)
            _keys.Add(MixKey.FromSecret(epoch, secret, ReplayCapacity, SystemRandomSource.Instance));
        var key = MixKey.FromSecret(epoch, secret, 16, SystemRandomSource.Instance);
        _answers.Enqueue((core, now, ref self) => core.HandleMixKey(key, now, ref self));
    }

    public void PersistSequence(ulong sequence) => _answers.Enqueue((core, now, ref self) => core.HandleSequencePersisted(sequence, now, ref self));

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements)
    {
        // The network of a measurement has no authorities.
    }

    public void Deliver(PacketBuffer packet, in UnwrapResult result) => packet.Return();

    public void TopologyChanged()
    {
        // Keys are looked up in the records when they are wanted.
    }

    public void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message)
    {
    }

    public void HandoverEnded(NodeAddress peer)
    {
    }

    public void LinkEvent(in LinkEvent linkEvent)
    {
        switch (linkEvent.Kind)
        {
            case LinkEventKind.Up:
                UpTimestamp = Stopwatch.GetTimestamp();
                _up.TrySetResult();
                break;
            case LinkEventKind.Down:
                Fail($"A link to the float went down: {linkEvent.Reason}.");
                break;
            case LinkEventKind.TurnedAway:
                Fail($"The float was turned away: {linkEvent.Refusal}.");
                break;
            default:
                break;
        }
    }

    private void Verified(RequestId id, bool valid) => _answers.Enqueue((core, now, ref self) => core.HandleVerified(id, valid, now, ref self));
}
