using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace MixMq.Vectors;

/// <summary>Handshakes with one fault each, at either end. Names of reasons are those of 04, section 4.</summary>
internal sealed class HandshakeFaults
{
    private static readonly BigInteger Order = (BigInteger.One << 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);
    private readonly LinkEnd _alice = new("alice", LinkEnd.Initiator);
    private readonly LinkEnd _bob = new("bob", LinkEnd.Acceptor);
    private readonly LinkEnd _mallory = new("mallory", LinkEnd.Initiator);

    public IEnumerable<Vector> All() =>
    [
        .. Opens(AtAcceptor, "acceptor", _alice),
        .. Opens(AtInitiator, "initiator", _bob),
        .. AcceptorAlone(),
        .. InitiatorAlone(),
        .. Auths(AuthAtAcceptor, "acceptor", _alice, _bob),
        .. Auths(AuthAtInitiator, "initiator", _bob, _alice),
        .. Sequence(),
        .. TwoFaults(),
    ];

    private static IEnumerable<Vector> Opens(Func<string, string, byte[], bool, Vector> at, string end, LinkEnd sender)
    {
        var good = sender.Open();
        var other = (byte)(sender.Role == LinkEnd.Initiator ? LinkEnd.Acceptor : LinkEnd.Initiator);
        yield return at($"{end}-open-truncated-by-one", "Malformed", good[..^1], false);
        yield return at($"{end}-open-extended-by-one", "Malformed", [.. good, 0], false);
        yield return at($"{end}-open-kind-0", "Malformed", With(good, 0, 0), false);
        yield return at($"{end}-open-kind-4", "Malformed", With(good, 0, 4), false);
        yield return at($"{end}-open-empty", "Malformed", [], false);
        yield return at($"{end}-open-lowest-version-above-highest", "Malformed", sender.Open(lowest: 2, highest: 1), false);
        yield return at($"{end}-open-role-0", "Malformed", sender.Open(role: 0), false);
        yield return at($"{end}-open-role-3", "Malformed", sender.Open(role: 3), false);
        yield return at($"{end}-open-wrong-role", "WrongRole", sender.Open(role: other), false);
        yield return at($"{end}-open-version-2", "VersionMismatch", sender.Open(lowest: 2, highest: 2), true);
        yield return at($"{end}-open-version-0", "VersionMismatch", sender.Open(lowest: 0, highest: 0), true);
        yield return at($"{end}-open-network-name", "NetworkMismatch", sender.Open(network: Material.Network("vectorz", 4, 128, 64)), true);
        yield return at($"{end}-open-network-geometry", "NetworkMismatch", sender.Open(network: Material.Network("vectors", 4, 112, 80)), true);
    }

    private IEnumerable<Vector> AcceptorAlone()
    {
        yield return AtAcceptor("acceptor-open-own-address", "Reflected", Replaced(_alice.Open(), 35, _bob.Address), false);
        yield return AtAcceptor("acceptor-open-address-flipped", "NotPermitted", With(_alice.Open(), 35, (byte)(_alice.Address[0] ^ 1)), false);
        yield return AtAcceptor("acceptor-open-stranger", "NotPermitted", _mallory.Open(), false);
        yield return Refused("acceptor-peer-not-configured", "NotPermitted", new LinkScript(_bob, _alice) { Configured = false }.Receive(_alice.Open()));
        yield return Refused("acceptor-peer-may-not-dial-in", "NotPermitted", new LinkScript(_bob, _alice) { MayDialIn = false }.Receive(_alice.Open()));
        yield return Refused("acceptor-certificate-not-trusted", "NotTrusted", new LinkScript(_bob, _alice) { Trusted = false }.Receive(_alice.Open()));
    }

    private IEnumerable<Vector> InitiatorAlone()
    {
        yield return Refused("initiator-certificate-not-trusted", "NotTrusted", new LinkScript(_alice, _bob) { Trusted = false });
        yield return AtInitiator("initiator-open-sent-back", "Reflected", _alice.Open(), false);
        yield return AtInitiator("initiator-open-another-address", "WrongAddress", Replaced(_bob.Open(), 35, _mallory.Address), false);
        yield return Refused("initiator-auth-sent-back", "Reflected", Opened(_alice, _bob).Send(_alice.Auth(_bob)).Receive(_alice.Auth(_bob)));
    }

    private IEnumerable<Vector> Auths(Func<string, string, byte[], Vector> at, string end, LinkEnd signer, LinkEnd verifier)
    {
        var good = signer.Auth(verifier);
        var other = signer.Role == LinkEnd.Initiator ? LinkEnd.Acceptor : LinkEnd.Initiator;
        yield return at($"{end}-auth-truncated-by-one", "Malformed", good[..^1]);
        yield return at($"{end}-auth-extended-by-one", "Malformed", [.. good, 0]);
        yield return at($"{end}-auth-binding-flipped", "ChannelBindingMismatch", With(good, 1, (byte)(good[1] ^ 1)));
        yield return at($"{end}-auth-initiators-certificate-flipped", "CertificateMismatch", With(good, 33, (byte)(good[33] ^ 1)));
        yield return at($"{end}-auth-acceptors-certificate-flipped", "CertificateMismatch", With(good, 96, (byte)(good[96] ^ 1)));
        yield return at($"{end}-auth-signature-r-flipped", "BadSignature", With(good, 97, (byte)(good[97] ^ 1)));
        yield return at($"{end}-auth-signature-s-flipped", "BadSignature", With(good, 129, (byte)(good[129] ^ 1)));
        yield return at($"{end}-auth-signature-zero", "BadSignature", signer.Auth(verifier, new byte[64]));
        yield return at($"{end}-auth-signature-s-not-reduced", "BadSignature", Replaced(good, 129, PlusOrder(good[129..])));
        yield return at($"{end}-auth-signature-by-another", "BadSignature", signer.Auth(verifier, _mallory.Sign(signer.Signed(verifier))));
        yield return Signed("label-of-another-version", signer.Signed(verifier, label: "MixMq-link-auth-v2"));
        yield return Signed("no-label", signer.Signed(verifier, label: ""));
        yield return Signed("label-with-terminator", signer.Signed(verifier, label: "MixMq-link-auth-v1\0"));
        yield return Signed("verifiers-role", signer.Signed(verifier, role: other));
        yield return Signed("opens-swapped", signer.Signed(
            verifier, initiatorsOpen: signer.Role == LinkEnd.Initiator ? verifier.Open() : signer.Open(), acceptorsOpen: signer.Role == LinkEnd.Initiator ? signer.Open() : verifier.Open()));
        yield return Signed("another-nonce", signer.Signed(verifier, initiatorsOpen: Replaced(InitiatorsOpen(), 68, Material.Draw("another nonce", 32))));
        yield return Signed("another-version-range", signer.Signed(verifier, initiatorsOpen: With(InitiatorsOpen(), 2, 2)));
        yield return Signed("another-network", signer.Signed(verifier, initiatorsOpen: With(InitiatorsOpen(), 3, (byte)(InitiatorsOpen()[3] ^ 1))));
        yield return Signed("without-hashes", signer.Signed(verifier)[..^96]);
        yield return Signed("sha256-of-the-message", SHA256.HashData(signer.Signed(verifier)));

        byte[] InitiatorsOpen() => (signer.Role == LinkEnd.Initiator ? signer : verifier).Open();

        Vector Signed(string name, byte[] message) => at($"{end}-auth-signs-{name}", "BadSignature", signer.Auth(verifier, signer.Sign(message)));
    }

    private IEnumerable<Vector> Sequence()
    {
        yield return Refused("acceptor-auth-before-open", "CellOutOfOrder", new LinkScript(_bob, _alice).Receive(_alice.Auth(_bob)));
        yield return Refused("acceptor-goodbye-before-open", "CellOutOfOrder", new LinkScript(_bob, _alice).Receive([3]));
        yield return Refused("acceptor-open-twice", "CellOutOfOrder", Opened(_bob, _alice).Receive(_alice.Open()));
        yield return Refused("initiator-auth-before-open", "CellOutOfOrder", new LinkScript(_alice, _bob).Send(_alice.Open()).Receive(_bob.Auth(_alice)));
        yield return Refused("initiator-open-twice", "CellOutOfOrder", Opened(_alice, _bob).Send(_alice.Auth(_bob)).Receive(_bob.Open()));
        foreach (var (name, type) in new[] { ("padding", LinkScript.Padding), ("packet", LinkScript.Packet), ("hello", LinkScript.Hello), ("topology", LinkScript.Topology) })
        {
            yield return Refused($"acceptor-{name}-before-open", "CellOutOfOrder", new LinkScript(_bob, _alice).ReceiveCell(LinkScript.Cell(type, [])));
            yield return Refused($"initiator-{name}-before-auth", "CellOutOfOrder", Opened(_alice, _bob).Send(_alice.Auth(_bob)).ReceiveCell(LinkScript.Cell(type, [])));
        }
    }

    // The reason that is told is that of the step which comes first.
    private IEnumerable<Vector> TwoFaults()
    {
        var elsewhere = Material.Network("vectorz", 4, 128, 64);
        yield return AtAcceptor("two-faults-acceptor-open-own-address-and-role", "Reflected", Replaced(_alice.Open(role: LinkEnd.Acceptor), 35, _bob.Address), false);
        yield return AtAcceptor("two-faults-acceptor-open-role-and-stranger", "WrongRole", _mallory.Open(role: LinkEnd.Acceptor), false);
        yield return AtAcceptor("two-faults-acceptor-open-version-and-network", "VersionMismatch", _alice.Open(lowest: 2, highest: 2, network: elsewhere), true);
        yield return AtInitiator(
            "two-faults-initiator-open-role-and-address", "WrongRole", Replaced(_bob.Open(role: LinkEnd.Initiator), 35, _mallory.Address), false);
        yield return Refused("two-faults-acceptor-short-auth-before-open", "CellOutOfOrder", new LinkScript(_bob, _alice).Receive(_alice.Auth(_bob)[..40]));
        yield return Refused("two-faults-acceptor-short-open-twice", "CellOutOfOrder", Opened(_bob, _alice).Receive(_alice.Open()[..^1]));
    }

    private Vector AtAcceptor(string name, string reason, byte[] open, bool answered)
    {
        var script = new LinkScript(_bob, _alice).Receive(open);
        return Refused(name, reason, answered ? script.Send(_bob.Open()) : script);
    }

    // An initiator has sent its own before, and sends nothing more.
    private Vector AtInitiator(string name, string reason, byte[] open, bool answered) =>
        Refused(name, reason, new LinkScript(_alice, _bob).Send(_alice.Open()).Receive(open));

    private Vector AuthAtAcceptor(string name, string reason, byte[] auth) => Refused(name, reason, Opened(_bob, _alice).Receive(auth));

    private Vector AuthAtInitiator(string name, string reason, byte[] auth) =>
        Refused(name, reason, Opened(_alice, _bob).Send(_alice.Auth(_bob)).Receive(auth));

    private static LinkScript Opened(LinkEnd own, LinkEnd peer) => own.Role == LinkEnd.Acceptor
        ? new LinkScript(own, peer).Receive(peer.Open()).Send(own.Open())
        : new LinkScript(own, peer).Send(own.Open()).Receive(peer.Open());

    private static Vector Refused(string name, string reason, LinkScript script) => script.ToVector($"bad/{name}", reason switch
    {
        _ when name.EndsWith("signs-another-nonce", StringComparison.Ordinal) => "LNK-23",
        _ when name.EndsWith("truncated-by-one", StringComparison.Ordinal) || name.EndsWith("extended-by-one", StringComparison.Ordinal) => "LNK-24",
        "CellOutOfOrder" => "LNK-7",
        "NotPermitted" or "NotTrusted" when name.StartsWith("acceptor", StringComparison.Ordinal) => "LNK-5",
        "VersionMismatch" or "NetworkMismatch" => "LNK-6",
        _ => "04, section 4",
    }, LinkScript.Refused(reason));

    private static byte[] With(byte[] bytes, int offset, byte value)
    {
        var copy = (byte[])bytes.Clone();
        copy[offset] = value;
        return copy;
    }

    private static byte[] Replaced(byte[] bytes, int offset, byte[] part)
    {
        var copy = (byte[])bytes.Clone();
        part.CopyTo(copy, offset);
        return copy;
    }

    private static byte[] PlusOrder(byte[] s)
    {
        var sum = new byte[32];
        (new BigInteger(s, isUnsigned: true) + Order).TryWriteBytes(sum, out _, isUnsigned: true);
        return sum;
    }
}
