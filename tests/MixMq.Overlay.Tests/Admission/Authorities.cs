using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Tests.Topology;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Admission;

/// <summary>The authorities of the test network, and what they sign.</summary>
internal sealed class Authorities
{
    public const long Forever = VirtualNetworkStart + (10L * 365 * 24 * 3_600_000);
    public const long VirtualNetworkStart = 1_800_000_000_000;

    private readonly TestIdentity[] _keys;

    public Authorities(int count, int threshold, int first = 9_000)
    {
        _keys = [.. Enumerable.Range(first, count).Select(number => new TestIdentity(number))];
        Threshold = threshold;
    }

    public int Threshold { get; }

    public ImmutableArray<NodeAddress> Keys => [.. _keys.Select(key => key.Address)];

    /// <summary>Signs as so many of the authorities.</summary>
    public T Sign<T>(T statement, int signers = -1)
        where T : AuthorityStatement
    {
        AuthorityStatement signed = statement;
        foreach (var key in _keys.Take(signers < 0 ? Threshold : signers))
        {
            signed = signed.WithSignature(key.Address, key.Sign(signed.SignedMessage(TestNetwork.Definition.Id)));
        }

        return (T)signed;
    }

    public SignedParameters Parameters(
        ulong number = 1, bool requiresAdmission = true, long activation = 0, int? pathLinks = null, NetworkParameters? network = null, int signers = -1)
    {
        Assert.Equal(
            StatementError.None,
            SignedParameters.TryCreate(network ?? Network(pathLinks ?? 5), number, activation, requiresAdmission, Threshold, Keys, out var parameters));
        return Sign(parameters!, signers);
    }

    public AdmissionCertificate Admit(
        TestIdentity node, string institution = "Bank A", AdmissionRoles roles = AdmissionRoles.Relay, long notAfter = Forever, int signers = -1)
    {
        Assert.Equal(StatementError.None, AdmissionCertificate.TryCreate(node.Address, institution, roles, notAfter, out var certificate));
        return Sign(certificate!, signers);
    }

    public RevokedAddresses Revoke(ulong number, params TestIdentity[] nodes) =>
        Revoke(number, nodes.Select(node => new RevokedAddress(node.Address, Forever)));

    public RevokedAddresses Revoke(ulong number, IEnumerable<RevokedAddress> revoked, int signers = -1)
    {
        Assert.Equal(StatementError.None, RevokedAddresses.TryCreate(number, VirtualNetworkStart, revoked, out var list));
        return Sign(list!, signers);
    }

    public MapEntry Enter(string name, ulong number, params TestIdentity[] nodes) => Enter(name, number, nodes, Forever);

    public MapEntry Enter(string name, ulong number, TestIdentity[] nodes, long notAfter = Forever, int signers = -1)
    {
        Assert.Equal(LegalNameError.None, LegalName.TryParse(name, out var legal));
        Assert.Equal(StatementError.None, MapEntry.TryCreate(legal!, nodes.Select(node => node.Address), number, notAfter, out var entry));
        return Sign(entry!, signers);
    }

    /// <summary>A successor statement: signed by both keys, or the new one alone, and as many authorities as it takes.</summary>
    public Succession Succeed(TestIdentity old, TestIdentity successor, ulong number, bool isEmergency = false, long notBefore = 0, int signers = -1)
    {
        Assert.Equal(StatementError.None, Succession.TryCreate(old.Address, successor.Address, number, notBefore, isEmergency, out var succession));
        AuthorityStatement signed = succession!;
        var message = signed.SignedMessage(TestNetwork.Definition.Id);
        signed = isEmergency ? signed : signed.WithSignature(old.Address, old.Sign(message));
        signed = signed.WithSignature(successor.Address, successor.Sign(message));
        return Sign((Succession)signed, signers >= 0 ? signers : Threshold);
    }

    public TopologyOptions Options(TestIdentity node, AdmissionCertificate? certificate, SignedParameters? parameters = null) => TestNetwork.Options(node) with
    {
        Admission = new AdmissionOptions { Parameters = parameters ?? Parameters(), Certificate = certificate },
    };

    public static NetworkParameters Network(int pathLinks, int maxLinks = 16, int epochSeconds = 3600)
    {
        Assert.True(NetworkParameters.TryCreate(TestNetwork.Definition, out var network, out _, pathLinks, maxLinks, epochSeconds, graceSeconds: TestNetwork.Parameters.GraceSeconds));
        return network;
    }
}
