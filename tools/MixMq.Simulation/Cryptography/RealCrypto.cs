using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Cryptography;

/// <summary>The cryptography that ships.</summary>
public sealed class RealCrypto : CryptoProvider
{
    private readonly Unwrapper _unwrapper = new();
    private readonly PacketWriter _writer = new();
    private readonly SurbWriter _surbs = new();
    private readonly AeadContext _aead = new();
    private readonly Dictionary<(RecordHash, RecordHash), bool> _verified = [];
    private readonly Dictionary<NodeAddress, bool> _validKeys = [];

    public override string Name => "real";

    public override SimIdentity CreateIdentity(ReadOnlySpan<byte> seed)
    {
        Span<byte> address = stackalloc byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(seed, address);
        return new SimIdentity(NodeAddress.FromBytes(address), seed.ToArray());
    }

    public override void Sign(SimIdentity identity, ReadOnlySpan<byte> message, Span<byte> signature) => Ed25519.Sign(identity.Seed, message, signature);

    public override bool Verify(NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> key = stackalloc byte[Ed25519.PublicKeyBytes];
        signer.CopyTo(key);
        if (!_validKeys.TryGetValue(signer, out var valid))
        {
            _validKeys[signer] = valid = Ed25519.IsValidPublicKey(key);
        }

        return valid && Ed25519.Verify(key, message, signature);
    }

    /// <summary>The same bytes have the same answer at every node, so each is asked of the library once.</summary>
    public override bool VerifyRecord(LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
    {
        var key = (RecordHash.Of(record.Encoded.Span), RecordHash.Of(signedMessage));
        if (!_verified.TryGetValue(key, out var holds))
        {
            _verified[key] = holds = record.Verify(signedMessage);
        }

        return holds;
    }

    public override MixKey CreateMixKey(uint epoch, long replayCapacity, IRandomSource random) => MixKey.Generate(epoch, replayCapacity, random);

    public override UnwrapResult Unwrap(Span<byte> packet, NetworkDefinition network, ReadOnlySpan<MixKey> candidates) =>
        _unwrapper.Unwrap(packet, network, candidates);

    public override WrapResult Wrap(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, IRandomSource random, Span<byte> packet) =>
        _writer.Wrap(network, path, message, random, packet);

    public override WrapResult WrapCover(NetworkDefinition network, ReadOnlySpan<PathHop> path, IRandomSource random, Span<byte> packet) =>
        _writer.WrapCover(network, path, random, packet);

    public override WrapResult MakeSurb(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, uint expiryUnixSeconds, IRandomSource random, Span<byte> wire, out ReplyOpener? opener)
    {
        var result = _surbs.Make(network, path, expiryUnixSeconds, random, wire, out var state);
        opener = state is null ? null : new RealReplyOpener(state, _aead);
        return result;
    }

    public override SurbUse UseSurb(
        NetworkDefinition network, ReadOnlySpan<byte> wire, ReadOnlySpan<byte> message, uint nowUnixSeconds, IRandomSource random, Span<byte> packet) =>
        Surb.TryUse(network, wire, message, nowUnixSeconds, random, _aead, packet);

    protected override void Dispose(bool disposing)
    {
        _surbs.Dispose();
        _aead.Dispose();
        _unwrapper.Dispose();
        _writer.Dispose();
        base.Dispose(disposing);
    }
}
