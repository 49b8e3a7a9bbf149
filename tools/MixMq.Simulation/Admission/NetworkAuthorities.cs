using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Admission;

/// <summary>The authorities of a world's network: they sign with its cryptography, and no node has their keys.</summary>
public sealed class NetworkAuthorities
{
    /// <summary>Later than any world lasts.</summary>
    public const long Forever = 4_000_000_000_000;

    private readonly World _world;
    private readonly SimIdentity[] _keys;
    private readonly int _threshold;

    public NetworkAuthorities(World world, int count, int threshold)
    {
        _world = world;
        _threshold = threshold;
        _keys = new SimIdentity[count];
        var random = new SimRandom(world.Seed, "authorities");
        Span<byte> seed = stackalloc byte[Ed25519.SeedBytes];
        for (var i = 0; i < count; i++)
        {
            random.Fill(seed);
            _keys[i] = world.Crypto.CreateIdentity(seed);
        }
    }

    /// <summary>How many of them must sign.</summary>
    public int Threshold => _threshold;

    /// <summary>Makes a node one of this network, admitted as what it is; before it is started.</summary>
    public void Govern(SimNode node, string institution) => node.Governance = new AdmissionOptions
    {
        Parameters = Parameters(1),
        Certificate = Admit(node, institution),
    };

    public SignedParameters Parameters(ulong number, long activationUnixMillis = 0, int? pathLinks = null)
    {
        var usual = _world.Parameters;
        if (!NetworkParameters.TryCreate(
                usual.Definition, out var network, out var errors, pathLinks ?? usual.PathLinks, usual.MaxLinks, usual.EpochSeconds, usual.SkewSeconds, usual.GraceSeconds)
            || SignedParameters.TryCreate(
                network, number, activationUnixMillis, requiresAdmission: true, _threshold, _keys.Select(key => key.Address), out var parameters) != StatementError.None)
        {
            throw new InvalidOperationException($"The parameters are not valid. {string.Join(' ', errors)}");
        }

        return Sign(parameters!);
    }

    public AdmissionCertificate Admit(SimNode node, string institution, long notAfterUnixMillis = Forever) =>
        AdmissionCertificate.TryCreate(
            node.Address, institution, node.Relays ? AdmissionRoles.Relay : AdmissionRoles.Endpoint, notAfterUnixMillis, out var certificate) == StatementError.None
            ? Sign(certificate!) : throw new InvalidOperationException("The certificate is not valid.");

    public RevokedAddresses Revoke(ulong number, params IEnumerable<SimNode> nodes) => Revoke(number, nodes.Select(node => node.Address));

    public RevokedAddresses Revoke(ulong number, IEnumerable<NodeAddress> addresses, long untilUnixMillis = Forever) =>
        RevokedAddresses.TryCreate(number, 0, addresses.Select(address => new RevokedAddress(address, untilUnixMillis)), out var list) == StatementError.None
            ? Sign(list!) : throw new InvalidOperationException("The list is not valid.");

    /// <summary>That a node's new key takes the place of an old one; signed by both, or in an emergency by the new one alone, and by the authorities.</summary>
    public Succession Succeed(SimIdentity old, SimNode node, ulong number, bool isEmergency = false, long notBeforeUnixMillis = 0) =>
        Succeed(old.Address, node.Address, number, notBeforeUnixMillis, isEmergency, _threshold, isEmergency ? [node.Identity] : [old, node.Identity]);

    /// <summary>A succession signed by so many authorities, and by these keys, whether that is enough or not.</summary>
    public Succession Succeed(
        NodeAddress old, NodeAddress successor, ulong number, long notBeforeUnixMillis, bool isEmergency, int signers, params ReadOnlySpan<SimIdentity> keys)
    {
        if (Succession.TryCreate(old, successor, number, notBeforeUnixMillis, isEmergency, out var succession) != StatementError.None)
        {
            throw new InvalidOperationException("The succession is not valid.");
        }

        return Sign(Sign(succession!, _keys.AsSpan(0, signers)), keys);
    }

    private T Sign<T>(T statement)
        where T : AuthorityStatement => Sign(statement, _keys.AsSpan(0, _threshold));

    private T Sign<T>(T statement, ReadOnlySpan<SimIdentity> keys)
        where T : AuthorityStatement
    {
        AuthorityStatement signed = statement;
        var signature = new byte[Ed25519.SignatureBytes];
        foreach (var key in keys)
        {
            _world.Crypto.Sign(key, signed.SignedMessage(_world.Parameters.Definition.Id), signature);
            signed = signed.WithSignature(key.Address, signature);
        }

        return (T)signed;
    }
}
