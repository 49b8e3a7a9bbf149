using System.Collections;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Transport.Admission;
using MixMq.Transport.Configuration;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Configuration;

/// <summary>Files of what authorities signed, as an operator may have them.</summary>
public sealed class AdmissionConfigurationTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly NodeIdentity _authority = NodeIdentity.Generate(SystemRandomSource.Instance);

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Statements_come_back_from_their_text_whatever_stands_around_it()
    {
        var (parameters, certificate) = (Sign(Parameters()), Sign(Certificate(_authority.Address)));
        var text = "From the authorities:\n" + StatementFile.Format(parameters, certificate) + "Yours\n";
        Assert.True(StatementFile.TryParse(text, out var all, out _));
        Assert.Equal([parameters.Encoded.ToArray(), certificate.Encoded.ToArray()], all.Select(statement => statement.Encoded.ToArray()));
    }

    [Theory]
    [InlineData("", "holds no network parameters")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "don't sign")]
    [InlineData("-----BEGIN MIXMQ NETWORK PARAMETERS-----\nAQE=\n-----END MIXMQ NETWORK PARAMETERS-----\n", "cut off")]
    public void Other_texts_are_refused_in_words(string text, string why)
    {
        Assert.False(StatementFile.TryParse(text, out _, out var error));
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_statement_under_another_ones_title_is_refused()
    {
        var text = StatementFile.Format(Sign(Parameters())).Replace("NETWORK PARAMETERS", "REVOCATION LIST", StringComparison.Ordinal);
        Assert.False(StatementFile.TryParse(text, out _, out var error));
        Assert.Contains("something else than its first line says", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_of_another_address_or_with_a_false_signature_is_refused_and_a_missing_file_is_said()
    {
        var own = NodeAddress.FromBytes([.. Enumerable.Repeat((byte)3, 32)]);
        var parameters = (SignedParameters)Sign(Parameters());
        var file = System.IO.Path.Combine(_folder.Path, "own.admission");
        Assert.Contains("there is no file", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(file, StatementFile.Format(Sign(Certificate(_authority.Address))));
        Assert.Contains("admits another address", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(file, StatementFile.Format(Certificate(own).WithSignature(_authority.Address, new byte[64])));
        Assert.Contains("doesn't hold", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(file, StatementFile.Format(Sign(Certificate(own))));
        Assert.Null(Refusal());

        string? Refusal() => AdmissionConfiguration.TryReadCertificate(file, parameters, own, out _, out var error) ? null : error;
    }

    [Fact]
    public void Parameters_that_too_few_have_signed_yet_are_refused_and_the_others_are_judged_before_they_are_in_use()
    {
        var file = System.IO.Path.Combine(_folder.Path, "network.params");
        File.WriteAllText(file, StatementFile.Format(Sign(Parameters())));
        using var inbox = new SchedulerInbox(1, 1);
        var given = new AdmissionFiles(
            new AdmissionConfiguration { ParametersFile = file, Parameters = (SignedParameters)Sign(Parameters()), Own = _authority.Address }, inbox);
        var item = Assert.Single(given.Reloadables);
        Assert.True(item.IsJudgedLater);

        File.WriteAllText(file, StatementFile.Format(Parameters(2)));
        Assert.Contains("signed by 0 of its authorities and needs 1", item.Take(item.Fingerprint()), StringComparison.Ordinal);
        File.WriteAllText(file, StatementFile.Format(Sign(Parameters(2))));
        Assert.Null(item.Take(item.Fingerprint()));
    }

    [Fact]
    public void The_place_of_a_revocation_list_can_be_named_before_there_is_one()
    {
        var list = System.IO.Path.Combine(_folder.Path, "revocations.list");
        File.WriteAllText(System.IO.Path.Combine(_folder.Path, "network.params"), StatementFile.Format(Sign(Parameters())));
        var (none, errors) = Read("revocations.list");
        Assert.Empty(errors);
        Assert.Equal((list, null), (none!.RevocationsFile, none.Revocations));

        // What comes there is taken.
        using var inbox = new SchedulerInbox(1, 1);
        var item = Assert.Single(new AdmissionFiles(none, inbox).Reloadables, item => item.Files.Contains(list));
        Assert.Equal(StatementError.None, RevokedAddresses.TryCreate(1, 0, [], out var revoked));
        File.WriteAllText(list, StatementFile.Format(Sign(revoked!)));
        Assert.True(item.IsNew(item.Fingerprint()));
        Assert.Null(item.Take(item.Fingerprint()));

        // A folder that isn't there is a mistake, and so is something else in the list's place.
        Assert.Contains("there is no file", Assert.Single(Read("nowhere/revocations.list").Errors).Message, StringComparison.Ordinal);
        File.WriteAllText(list, "no list");
        Assert.Single(Read("revocations.list").Errors);

        (AdmissionConfiguration? Read, List<ConfigurationError> Errors) Read(string revocations)
        {
            var file = System.IO.Path.Combine(_folder.Path, "float.json");
            File.WriteAllText(file, $$"""{ "network": { "parameters": "network.params", "revocations": "{{revocations}}" } }""");
            var found = new List<ConfigurationError>();
            var reader = new ConfigurationReader(ConfigurationLoader.ReadSettings(file, new Hashtable(), [], found), _folder.Path, found, new RevocationSet());
            return (AdmissionConfiguration.Read(reader.Section("network"), _authority.Address), found);
        }
    }

    [Fact]
    [Trait("Spec", "ADM-33")]
    public void Successions_must_lead_one_after_the_other_to_the_nodes_own_address_and_be_signed_by_their_keys()
    {
        using var second = NodeIdentity.Generate(SystemRandomSource.Instance);
        using var third = NodeIdentity.Generate(SystemRandomSource.Instance);
        var parameters = (SignedParameters)Sign(Parameters());
        var file = System.IO.Path.Combine(_folder.Path, "own.succession");
        var (first, next) = (Succeed(_authority, second), Succeed(second, third));
        File.WriteAllText(file, StatementFile.Format(next, first));
        Assert.Null(Refusal(third, out var rows));
        Assert.Equal([_authority.Address, second.Address, third.Address], Successions.Of(rows).All(third.Address).AsEnumerable());
        Assert.Contains("doesn't lead", Refusal(second, out _), StringComparison.Ordinal);
        File.WriteAllText(file, StatementFile.Format(first));
        Assert.Contains("doesn't lead", Refusal(third, out _), StringComparison.Ordinal);
        File.WriteAllText(file, StatementFile.Format(first, Sign(Certificate(second.Address))));
        Assert.Contains("something else", Refusal(second, out _), StringComparison.Ordinal);
        Assert.Equal(StatementError.None, Succession.TryCreate(_authority.Address, second.Address, 1, 0, isEmergency: false, out var unsigned));
        File.WriteAllText(file, StatementFile.Format(unsigned!));
        Assert.Contains("haven't signed", Refusal(second, out _), StringComparison.Ordinal);
        File.WriteAllText(file, StatementFile.Format(first.WithSignature(second.Address, new byte[64])));
        Assert.Contains("doesn't hold", Refusal(second, out _), StringComparison.Ordinal);

        string? Refusal(NodeIdentity own, out System.Collections.Immutable.ImmutableArray<Succession> read) =>
            AdmissionConfiguration.TryReadSuccessions(file, parameters, own.Address, out read, out var error) ? null : error;
    }

    private static Succession Succeed(NodeIdentity old, NodeIdentity successor)
    {
        Assert.Equal(StatementError.None, Succession.TryCreate(old.Address, successor.Address, 1, 0, isEmergency: false, out var succession));
        return (Succession)SignAs(successor, SignAs(old, succession!));
    }

    private static AdmissionCertificate Certificate(NodeAddress address)
    {
        Assert.Equal(StatementError.None, AdmissionCertificate.TryCreate(address, "Bank A", AdmissionRoles.Relay, 1_900_000_000_000, out var certificate));
        return certificate!;
    }

    private SignedParameters Parameters(ulong number = 1)
    {
        Assert.True(NetworkDefinition.TryCreate("files", PacketGeometry.Default, 60_000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var network, out _));
        Assert.Equal(StatementError.None, SignedParameters.TryCreate(network, number, 0, true, 1, [_authority.Address], out var parameters));
        return parameters!;
    }

    private AuthorityStatement Sign(AuthorityStatement statement) => SignAs(_authority, statement);

    private static AuthorityStatement SignAs(NodeIdentity key, AuthorityStatement statement)
    {
        Assert.True(NetworkDefinition.TryCreate("files", PacketGeometry.Default, 60_000, out var definition, out _));
        var signature = new byte[Ed25519.SignatureBytes];
        key.Sign(statement.SignedMessage(definition.Id), signature);
        return statement.WithSignature(key.Address, signature);
    }
}
