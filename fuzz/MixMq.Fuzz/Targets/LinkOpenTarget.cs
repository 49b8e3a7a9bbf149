using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Links;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// The first control cell of a handshake, from anyone. Bit 0 of the first byte: this end initiates. Bit 1: the peer's certificate isn't trusted.
/// </summary>
internal sealed class LinkOpenTarget : FuzzTarget
{
    public override string Name => "link-open";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Links.LinkOpen::TryParse", "MixMq.Overlay.Links.LinkHandshake::Start", "MixMq.Overlay.Links.LinkHandshake::HandleControl",
        "MixMq.Overlay.Links.LinkHandshake::HandleOpen", "MixMq.Overlay.Links.LinkHandshake::HandleAnswer",
        "MixMq.Overlay.Links.LinkHandshake::HandleCaller", "MixMq.Overlay.Links.LinkHandshake::CompareNetwork",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("caller", [0, .. Open(HandshakeSetting.Peer, LinkRole.Initiator)]),
        ("answer", [1, .. Open(HandshakeSetting.Peer, LinkRole.Acceptor)]),
        ("untrusted", [2, .. Open(HandshakeSetting.Peer, LinkRole.Initiator)]),
        ("stranger", [0, .. Open(SmallNetwork.Address(1), LinkRole.Initiator)]),
        ("reflected", [1, .. Open(HandshakeSetting.Own, LinkRole.Acceptor)]),
        ("not-accepted", [0, .. Open(SmallNetwork.Address(0x80), LinkRole.Initiator)]),
        ("newer-version", [0, 1, 7, 9, .. Open(HandshakeSetting.Peer, LinkRole.Initiator).AsSpan(3)]),
        ("auth-too-early", [0, (byte)ControlKind.Auth]),
        ("unknown-kind", [1, 9]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        var setting = new HandshakeSetting((flags & 1) != 0, (flags & 2) == 0);
        var first = setting.Handshake.Start();
        if (first.Refusal is not null)
        {
            return false;
        }

        var step = setting.Handshake.HandleControl(choices.Rest, setting.Peers);
        InvariantException.Require(!step.Established && step.Verify is null, "Nobody is authenticated by a LINK-OPEN.");
        if (step.Send is { } answer)
        {
            InvariantException.Require(!setting.Initiates && (flags & 2) == 0, "Only a trusted caller is answered.");
            _ = HandshakeSetting.ReadOpen(answer);
        }

        if (step.Refusal is { } refusal)
        {
            InvariantException.Require(refusal.Reason != LinkRefusalReason.BadSignature, "Nothing was signed yet.");
            return false;
        }

        InvariantException.Require(LinkOpen.TryParse(choices.Rest, out var open) && open.Address == HandshakeSetting.Peer, "Only the peer goes on.");
        InvariantException.Require(open!.NetworkId.SequenceEqual(SmallNetwork.Definition.Id) && open.Role == setting.PeerRole, "In its role, in this network.");
        return true;
    }

    private static byte[] Open(NodeAddress address, LinkRole role) =>
        LinkOpen.Create(SmallNetwork.Definition, address, role, SmallNetwork.Bytes(LinkProtocol.NonceBytes, 0x10)).Bytes.ToArray();
}
