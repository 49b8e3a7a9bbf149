using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Cryptography;

/// <summary>
/// An ideal stand-in for the cryptography, far cheaper: signatures and packets are sealed under one secret that only this object knows, so that
/// nobody else can make, open or change one. What a node sees is as with the real one: packets look random and have no bytes in common between
/// in and out, and each fault has the same outcome.
/// </summary>
public sealed class IdealCrypto : CryptoProvider
{
    private readonly ulong _secret0;
    private readonly ulong _secret1;
    private readonly IdealPacket _packets;

    public IdealCrypto(long seed)
    {
        var random = new SimRandom(seed, "ideal cryptography");
        _secret0 = random.Next();
        _secret1 = random.Next();
        _packets = new IdealPacket(random.Next(), random.Next());
    }

    public override string Name => "ideal";

    public override SimIdentity CreateIdentity(ReadOnlySpan<byte> seed)
    {
        // Records name addresses, and those that aren't points of the curve are refused wherever they are read.
        Span<byte> address = stackalloc byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(seed, address);
        return new SimIdentity(NodeAddress.FromBytes(address), seed.ToArray());
    }

    public override void Sign(SimIdentity identity, ReadOnlySpan<byte> message, Span<byte> signature) => Seal(identity.Address, message, signature);

    public override bool Verify(NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[Ed25519.SignatureBytes];
        Seal(signer, message, expected);
        return signature.SequenceEqual(expected);
    }

    public override bool VerifyRecord(LinkStateRecord record, ReadOnlySpan<byte> signedMessage) =>
        Verify(record.Address, signedMessage, record.Signature)
        && (record.Certificate is not { } certificate || VerifyStatement(certificate, signedMessage.Slice(LinkStateRecord.SignatureLabel.Length, NetworkDefinition.IdBytes)));

    public override MixKey CreateMixKey(uint epoch, long replayCapacity, IRandomSource random) => MixKey.Generate(epoch, replayCapacity, random);

    public override UnwrapResult Unwrap(Span<byte> packet, NetworkDefinition network, ReadOnlySpan<MixKey> candidates) =>
        _packets.Unwrap(packet, network, candidates);

    public override WrapResult Wrap(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, IRandomSource random, Span<byte> packet) =>
        _packets.Wrap(network, path, RoutingCommand.Deliver, message, random, packet);

    public override WrapResult WrapCover(NetworkDefinition network, ReadOnlySpan<PathHop> path, IRandomSource random, Span<byte> packet) =>
        _packets.Wrap(network, path, RoutingCommand.Drop, default, random, packet);

    public override WrapResult MakeSurb(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, uint expiryUnixSeconds, IRandomSource random, Span<byte> wire, out ReplyOpener? opener) =>
        _packets.MakeSurb(network, path, expiryUnixSeconds, random, wire, out opener);

    public override SurbUse UseSurb(
        NetworkDefinition network, ReadOnlySpan<byte> wire, ReadOnlySpan<byte> message, uint nowUnixSeconds, IRandomSource random, Span<byte> packet) =>
        _packets.UseSurb(network, wire, message, nowUnixSeconds, random, packet);

    private bool VerifyStatement(AuthorityStatement statement, ReadOnlySpan<byte> networkId)
    {
        var message = statement.SignedMessage(networkId);
        var signers = statement.Signers;
        for (var i = 0; i < signers.Length; i++)
        {
            if (!Verify(signers[i], message, statement.SignatureAt(i)))
            {
                return false;
            }
        }

        return true;
    }

    private void Seal(NodeAddress signer, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Span<byte> address = stackalloc byte[NodeAddress.ByteLength];
        signer.CopyTo(address);
        var whose = QuickHash.Hash(address, _secret0, _secret1);
        var what = QuickHash.Hash(message, (ulong)whose, (ulong)(whose >> 64));
        var words = MemoryMarshal.Cast<byte, ulong>(signature[..Ed25519.SignatureBytes]);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = QuickHash.Fold((ulong)what + ((ulong)i * 0x9E3779B97F4A7C15), (ulong)(what >> 64) ^ _secret0);
        }
    }
}
