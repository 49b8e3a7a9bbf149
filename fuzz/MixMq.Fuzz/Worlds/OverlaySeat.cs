using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>
/// One shipping <see cref="OverlayCore"/> with a shell's duties: it notes what the core asks for, and answers when it is told to. That a core sends
/// only on connections that it has, and only what fits in a cell, is checked here.
/// </summary>
internal sealed class OverlaySeat : IOverlaySink
{
    private readonly OverlayPair _pair;
    private readonly int _index;
    private readonly List<uint> _mixKeys = [];

    public OverlaySeat(OverlayPair pair, int index, OverlayOptions options)
    {
        _pair = pair;
        _index = index;
        Options = options;
        Core = new OverlayCore(options, new FewRandomBytes((ulong)index + 10), 0);
    }

    public OverlayOptions Options { get; }

    public OverlayCore Core { get; }

    public PacketPool Pool { get; } = new(SmallNetwork.Parameters.CellBytes, 256);

    /// <summary>Answers that the core waits for, oldest first: signatures, verifications, stored sequences.</summary>
    public Queue<Action> Answers { get; } = new();

    /// <summary>Packets that wait to be unwrapped.</summary>
    public Queue<PacketBuffer> Unwraps { get; } = new();

    /// <summary>Dials that haven't been answered.</summary>
    public Queue<NodeAddress> Dials { get; } = new();

    public int Delivered { get; private set; }

    /// <summary>Makes the mix keys that were asked for. Dear, so only when it matters.</summary>
    public void AnswerMixKeys()
    {
        foreach (var epoch in _mixKeys.ToArray())
        {
            var self = this;
            Core.HandleMixKey(MixKey.Generate(epoch, 16, new FewRandomBytes(epoch)), _pair.Time.Now, ref self);
        }

        _mixKeys.Clear();
    }

    public void Dial(NodeAddress peer) => Dials.Enqueue(peer);

    public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
        InvariantException.Require(content.Length <= LinkCell.ContentRoom(SmallNetwork.Parameters.CellBytes), "What is sent fits in a cell.");
        InvariantException.Require(type is CellType.Hello or CellType.Topology or CellType.Control, "A control cell is of one of three types.");
        var cell = new byte[SmallNetwork.Parameters.CellBytes];
        LinkCell.Write(type, content, cell);
        _pair.Send(_index, id, cell);
    }

    public void SendPacket(ConnectionId id, PacketBuffer packet)
    {
        var cell = packet.Cell.ToArray();
        packet.Return();
        InvariantException.Require(cell[0] == (byte)CellType.Packet, "A packet's cell says so.");
        _pair.Send(_index, id, cell);
    }

    public void Close(ConnectionId id, LinkCloseReason reason) => _pair.Close(_index, id);

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = IdealSignatures.Sign(Options.Own, message);
        Answers.Enqueue(() =>
        {
            var self = this;
            Core.HandleSigned(id, signature, _pair.Time.Now, ref self);
        });
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Answer(id, IdealSignatures.Verify(signer, message, signature));

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage) =>
        Answer(id, IdealSignatures.Verify(record.Address, signedMessage, record.Signature));

    public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates)
    {
        InvariantException.Require(candidates.Length is >= 1 and <= 3, "There are one to three candidates.");
        Unwraps.Enqueue(packet);
    }

    public void RequestMixKey(uint epoch) => _mixKeys.Add(epoch);

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements)
    {
        // Not asked back in this world.
    }

    public void PersistSequence(ulong sequence) => Answers.Enqueue(() =>
    {
        var self = this;
        Core.HandleSequencePersisted(sequence, _pair.Time.Now, ref self);
    });

    public void Deliver(PacketBuffer packet, in UnwrapResult result)
    {
        Delivered++;
        packet.Return();
    }

    public void TopologyChanged()
    {
    }

    public void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message)
    {
        var limit = kind == HandoverKind.Certificate ? LinkProtocol.HandedCertificateBytes : LinkProtocol.HandedListsBytes;
        InvariantException.Require(message.Length <= limit, "What is handed over is bounded.");
        InvariantException.Require(Options.Peers.Any(known => known.Address == peer && known.HandsOver), "Only who may hands over.");
    }

    public void HandoverEnded(NodeAddress peer) =>
        InvariantException.Require(Options.Peers.Any(known => known.Address == peer && known.HandsOver), "What never came doesn't end.");

    public void LinkEvent(in LinkEvent linkEvent)
    {
    }

    private void Answer(RequestId id, bool valid) => Answers.Enqueue(() =>
    {
        var self = this;
        Core.HandleVerified(id, valid, _pair.Time.Now, ref self);
    });
}
