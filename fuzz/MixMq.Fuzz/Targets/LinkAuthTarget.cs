using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Links;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// The second control cell, after a good LINK-OPEN. Bit 0 of the first byte: this end initiates. Bit 1: what follows is signed again, over what the peer
/// would sign. Bit 2: a further cell comes before the signature is verified. Bit 3: it is this end's own LINK-AUTH, sent back.
/// </summary>
internal sealed class LinkAuthTarget : FuzzTarget
{
    private const byte Initiates = 1, Signs = 2, Hurries = 4, Reflects = 8;

    public override string Name => "link-auth";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Links.LinkTranscript::", "MixMq.Overlay.Links.LinkHandshake::HandleControl", "MixMq.Overlay.Links.LinkHandshake::HandleAuth",
        "MixMq.Overlay.Links.LinkHandshake::HandleSigned", "MixMq.Overlay.Links.LinkHandshake::HandleVerified",
        "MixMq.Overlay.Links.LinkHandshake::SignOwn",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("caller", [Signs, .. Auth(initiates: false)]),
        ("answer", [Initiates | Signs, .. Auth(initiates: true)]),
        ("unsigned", [0, .. Auth(initiates: false)]),
        ("in-a-hurry", [Signs | Hurries, .. Auth(initiates: false)]),
        ("reflected", [Initiates | Reflects]),
        ("other-binding", [Signs, 2, 0xff, .. Auth(initiates: false).AsSpan(2)]),
        ("other-certificate", [Signs, .. Auth(initiates: false).AsSpan(0, 40), 0xff, .. Auth(initiates: false).AsSpan(41)]),
        ("open-again", [0, (byte)ControlKind.Open]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        var setting = new HandshakeSetting((flags & Initiates) != 0, isTrusted: true);
        var peerOpen = setting.PeerOpen();
        var first = setting.Handshake.Start();
        var second = setting.Handshake.HandleControl(peerOpen.Bytes, setting.Peers);
        var ownOpen = HandshakeSetting.ReadOpen(setting.Initiates ? first.Send : second.Send);
        byte[] ownAuth = [];
        if (setting.Initiates)
        {
            ownAuth = setting.Handshake.HandleSigned(IdealSignatures.Sign(HandshakeSetting.Own, second.Sign)).Send!;
        }

        var transcript = setting.PeerTranscript(peerOpen, ownOpen);
        var expected = transcript.Message(setting.PeerRole);
        var content = (flags & Reflects) != 0 ? ownAuth : choices.Rest.ToArray();
        if ((flags & Signs) != 0 && content.Length == LinkTranscript.AuthBytes)
        {
            IdealSignatures.Sign(HandshakeSetting.Peer, expected).CopyTo(content.AsSpan(LinkTranscript.AuthBytes - 64));
        }

        var step = setting.Handshake.HandleControl(content, setting.Peers);
        InvariantException.Require(!step.Established, "Nobody is authenticated before the signature is verified.");
        if (step.Verify is not { } toVerify)
        {
            InvariantException.Require(step.Refusal is not null, "A cell is refused or verified.");
            InvariantException.Require(!setting.Handshake.HandleVerified(valid: true).Established, "What was refused isn't established later.");
            return false;
        }

        InvariantException.Require(toVerify.AsSpan().SequenceEqual(expected), "Both ends sign and verify the same.");
        if ((flags & Hurries) != 0)
        {
            var hurried = setting.Handshake.HandleControl(content, setting.Peers);
            InvariantException.Require(hurried.Refusal?.Reason == LinkRefusalReason.CellOutOfOrder, "A cell before its time is refused.");
            InvariantException.Require(!setting.Handshake.HandleVerified(valid: true).Established, "And the handshake is over.");
            return false;
        }

        var valid = IdealSignatures.Verify(HandshakeSetting.Peer, toVerify, step.Signature);
        return IsEstablished(setting, valid);
    }

    private static bool IsEstablished(HandshakeSetting setting, bool valid)
    {
        var step = setting.Handshake.HandleVerified(valid);
        if (!valid)
        {
            InvariantException.Require(step.Refusal?.Reason == LinkRefusalReason.BadSignature && step.Sign is null, "A bad signature is refused.");
            return false;
        }

        if (!setting.Initiates)
        {
            InvariantException.Require(step.Sign is not null && !step.Established, "The acceptor signs when it has verified.");
            step = setting.Handshake.HandleSigned(IdealSignatures.Sign(HandshakeSetting.Own, step.Sign));
        }

        InvariantException.Require(step.Established && step.Refusal is null, "A good LINK-AUTH establishes the link.");
        return true;
    }

    private static byte[] Auth(bool initiates)
    {
        var setting = new HandshakeSetting(initiates, isTrusted: true);
        var open = setting.PeerOpen();
        return setting.PeerTranscript(open, open).FormatAuth(new byte[64]);
    }
}
