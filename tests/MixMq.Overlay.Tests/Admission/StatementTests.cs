using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Tests.Topology;
using MixMq.Overlay.Topology;
using MixMq.Simulation;

namespace MixMq.Overlay.Tests.Admission;

/// <summary>The three statements: canonical, bounded, and worth nothing when a bit of them is changed.</summary>
public sealed class StatementTests
{
    private static readonly Authorities Five = new(5, 3);
    private static readonly TestIdentity Node = new(1);

    [Fact]
    [Trait("Spec", "ADM-1")]
    [Trait("Spec", "ADM-2")]
    public void Each_statement_is_read_back_as_it_was_made()
    {
        var parameters = Read(Five.Parameters(number: 7, activation: 99, pathLinks: 4));
        Assert.Equal((7UL, 99L, true, 3, 4), (parameters.Number, parameters.ActivationUnixMillis, parameters.RequiresAdmission, parameters.Threshold, parameters.Network.PathLinks));
        Assert.Equal(Five.Keys.Order(), parameters.Authorities);
        Assert.True(parameters.IsSignedByOwn);
        var certificate = Read(Five.Admit(Node, "Bank Ä", AdmissionRoles.Relay | AdmissionRoles.Endpoint, 123));
        Assert.Equal((Node.Address, "Bank Ä", AdmissionRoles.Relay | AdmissionRoles.Endpoint, 123L), (certificate.Address, certificate.Institution, certificate.Roles, certificate.NotAfterUnixMillis));
        var list = Read(Five.Revoke(9, new TestIdentity(5), new TestIdentity(3), Node));
        Assert.Equal(9UL, list.Number);
        Assert.Equal(list.Revoked.Select(revoked => revoked.Address).Order(), list.Revoked.Select(revoked => revoked.Address));
        Assert.True(list.Revokes(Node.Address, Authorities.Forever - 1));
        Assert.False(list.Revokes(Node.Address, Authorities.Forever));
        Assert.False(list.Revokes(new TestIdentity(4).Address, 0));
    }

    [Fact]
    [Trait("Spec", "ADM-3")]
    public void Signatures_hold_for_the_network_they_were_made_for_and_count_for_the_authorities_alone()
    {
        var list = Five.Sign(Five.Revoke(1, Node), signers: 5);
        Assert.True(list.VerifySignatures(TestNetwork.Definition.Id));
        Assert.False(list.VerifySignatures(new byte[32]));
        Assert.Equal(5, list.CountSigners(Five.Keys));
        Assert.Equal(0, list.CountSigners(new Authorities(5, 3, first: 500).Keys));
    }

    [Fact]
    [Trait("Spec", "ADM-1")]
    public void Who_signs_twice_counts_once_and_the_order_of_signing_leaves_no_trace()
    {
        var one = Five.Revoke(1, [new RevokedAddress(Node.Address, 5)], signers: 1);
        Assert.Equal(1, Five.Sign(one, signers: 1).SignatureCount);
        var two = new Authorities(1, 1, first: 9_001);
        Assert.Equal(two.Sign(one).Encoded.ToArray(), Five.Sign(two.Sign(Five.Revoke(1, [new RevokedAddress(Node.Address, 5)], signers: 0)), signers: 1).Encoded.ToArray());
        Assert.Equal(one.HashIn(TestNetwork.Definition.Id), two.Sign(one).HashIn(TestNetwork.Definition.Id));
    }

    [Fact]
    [Trait("Spec", "ADM-1")]
    [Trait("Spec", "ADM-3")]
    public void A_changed_bit_is_refused_or_breaks_a_signature()
    {
        var random = new SeededRandomSource(3);
        AuthorityStatement[] all = [Five.Parameters(), Five.Admit(Node), Five.Revoke(2, Node)];
        for (var i = 0; i < 150; i++)
        {
            var bytes = all[i % 3].Encoded.ToArray();
            var bit = random.NextInt32(bytes.Length * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(
                AuthorityStatement.TryParse(bytes, out var statement) != StatementError.None || !statement!.VerifySignatures(TestNetwork.Definition.Id)
                || statement.CountSigners(Five.Keys) < Five.Threshold, $"{all[i % 3].Kind}, bit {bit}");
        }
    }

    [Fact]
    [Trait("Spec", "ADM-1")]
    public void Every_beginning_and_every_continuation_is_refused()
    {
        foreach (var statement in (AuthorityStatement[])[Five.Parameters(), Five.Admit(Node), Five.Revoke(2, Node)])
        {
            var bytes = statement.Encoded.ToArray();
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.NotEqual(StatementError.None, AuthorityStatement.TryParse(bytes.AsSpan(0, length), out _));
            }

            Assert.Equal(StatementError.TrailingBytes, AuthorityStatement.TryParse([.. bytes, 0], out _));
        }
    }

    [Fact]
    [Trait("Spec", "ADM-2")]
    public void Limits_are_kept()
    {
        Assert.Equal(StatementError.TooLong, AuthorityStatement.TryParse(new byte[AdmissionLimits.MaxStatementBytes + 1], out _));
        Assert.Equal(StatementError.InvalidText, AdmissionCertificate.TryCreate(Node.Address, new string('a', 256), AdmissionRoles.Relay, 1, out _));
        Assert.Equal(StatementError.InvalidText, AdmissionCertificate.TryCreate(Node.Address, "", AdmissionRoles.Relay, 1, out _));
        Assert.Equal(StatementError.InvalidText, AdmissionCertificate.TryCreate(Node.Address, "a\u001b[2J", AdmissionRoles.Relay, 1, out _));
        Assert.Equal(StatementError.InvalidText, AdmissionCertificate.TryCreate(Node.Address, "\ud800", AdmissionRoles.Relay, 1, out _));
        Assert.Equal(StatementError.InvalidFlags, AdmissionCertificate.TryCreate(Node.Address, "a", AdmissionRoles.None, 1, out _));
        Assert.Equal(StatementError.InvalidFlags, AdmissionCertificate.TryCreate(Node.Address, "a", (AdmissionRoles)4, 1, out _));
        Assert.Equal(StatementError.InvalidTimes, AdmissionCertificate.TryCreate(Node.Address, "a", AdmissionRoles.Relay, 1L << 62, out _));
        Assert.Equal(StatementError.InvalidNumber, RevokedAddresses.TryCreate(0, 0, [], out _));
        var many = Enumerable.Range(0, 257).Select(i => new RevokedAddress(new TestIdentity(i).Address, 1)).ToArray();
        Assert.Equal(StatementError.InvalidRevocations, RevokedAddresses.TryCreate(1, 0, many, out _));
        Assert.Equal(StatementError.None, RevokedAddresses.TryCreate(1, 0, many[1..], out _));
        Assert.Equal(StatementError.InvalidAuthorities, SignedParameters.TryCreate(Authorities.Network(5), 1, 0, true, 6, Five.Keys, out _));
        Assert.Equal(StatementError.InvalidAuthorities, SignedParameters.TryCreate(Authorities.Network(5), 1, 0, true, 0, Five.Keys, out _));
        Assert.Equal(StatementError.InvalidAuthorities, SignedParameters.TryCreate(Authorities.Network(5), 1, 0, true, 1, new Authorities(17, 1).Keys, out _));
    }

    [Fact]
    [Trait("Spec", "ADM-5")]
    public void What_cannot_change_in_a_live_network_is_named()
    {
        var parameters = Five.Parameters(2, network: Authorities.Network(4, 20));
        Assert.Empty(parameters.ObstaclesAfter(TestNetwork.Parameters));
        var epoch = Five.Parameters(2, network: Authorities.Network(5, epochSeconds: 7200));
        Assert.Contains("epoch length", Assert.Single(epoch.ObstaclesAfter(TestNetwork.Parameters)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "ADM-6")]
    public void A_record_shows_its_own_certificate_and_does_not_outlive_it()
    {
        const long Issued = Authorities.VirtualNetworkStart;
        var certificate = Five.Admit(Node, notAfter: Issued + 3_600_000);
        var record = TestIdentity.Parse(Node.Encode(Node.Draft(1, Issued) with { Certificate = certificate }));
        Assert.Equal("Bank A", record.Certificate!.Institution);
        Assert.True(record.Verify(record.SignedMessage(TestNetwork.Definition)));
        Assert.Equal(LinkStateError.InvalidCertificate, Error(Node.Draft(1, Issued) with { Certificate = Five.Admit(Node, notAfter: Issued + 3_599_999) }));
        Assert.Equal(LinkStateError.InvalidCertificate, Error(Node.Draft(1, Issued) with { Certificate = Five.Admit(new TestIdentity(2)) }));

        // A signature in it that doesn't hold makes the whole record unbelievable.
        var forged = certificate.WithSignature(Five.Keys[0], new byte[64]);
        record = TestIdentity.Parse(Node.Encode(Node.Draft(1, Issued) with { Certificate = (AdmissionCertificate)forged }));
        Assert.False(record.Verify(record.SignedMessage(TestNetwork.Definition)));
    }

    private static LinkStateError Error(LinkStateDraft draft) => LinkStateRecord.TryParse(Node.Encode(draft), TestNetwork.Definition, out _);

    private static T Read<T>(T statement)
        where T : AuthorityStatement
    {
        Assert.Equal(StatementError.None, AuthorityStatement.TryParse(statement.Encoded.Span, out var read));
        Assert.Equal(statement.Encoded.ToArray(), read!.Encoded.ToArray());
        Assert.True(read.VerifySignatures(TestNetwork.Definition.Id));
        return (T)read;
    }
}
