using System.Collections;
using System.Security.Cryptography.X509Certificates;
using MixMq.Crypto;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Configuration;

/// <summary>Settings of what is handed over, at the inside and at the float, and what of them contradicts the rest.</summary>
public sealed class HandoverSettingsTests : IDisposable
{
    private const string Inner = "\"accept\": true, \"inner\": true, \"activates\": true, ";
    private const string Pinned = "\"pinnedKey\": \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"";
    private readonly TestFolder _folder = new();
    private readonly TestCa _ca = new();
    private readonly string _peer;
    private readonly string _other;

    public HandoverSettingsTests()
    {
        NodeIdentity.Create(_folder.File("identity.key")).Dispose();
        using var certificate = _ca.Issue();
        using var key = certificate.GetECDsaPrivateKey()!;
        _folder.Write("tls.crt", certificate.ExportCertificatePem());
        _folder.Write("tls.key", key.ExportPkcs8PrivateKeyPem());
        _folder.Write("ca.pem", _ca.Pem);
        _folder.WriteBytes("list.crl", _ca.RevocationList([]));
        using var one = NodeIdentity.Generate(SystemRandomSource.Instance);
        using var two = NodeIdentity.Generate(SystemRandomSource.Instance);
        (_peer, _other) = (one.Address.ToString(), two.Address.ToString());
    }

    public void Dispose()
    {
        _ca.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_float_reads_what_it_expects_and_all_lists_handed_over_are_one_set()
    {
        var result = Load(true, Inner + "\"handsOver\": true, ", "\"publicHandedOver\": true, ", "\"caFile\": \"ca.pem\", \"revocation\": \"hard\", \"crlHandedOver\": true");
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        var float_ = result.Value!;
        Assert.True(float_.PublicHandedOver);
        Assert.Equal([true, false], float_.Peers.Select(peer => peer.HandsOver));
        using var leaf = _ca.Issue();
        Assert.Equal(TrustVerdict.RevocationUnknown, float_.Peers[1].Trust.Evaluate(leaf, [], DateTimeOffset.UtcNow));
        Assert.True(RevocationFile.TryRead(_folder.File("list.crl"), out var lists, out _));
        float_.HandedLists.Current = lists;
        Assert.Equal(TrustVerdict.Trusted, float_.Peers[1].Trust.Evaluate(leaf, [], DateTimeOffset.UtcNow));
        float_.Certificate.Dispose();
    }

    [Theory]
    [InlineData("\"certificateFile\": \"tls.crt\", \"keyFile\": \"tls.key\"", true, false)]
    [InlineData("\"crlFile\": \"list.crl\"", false, true)]
    [InlineData("\"certificateFile\": \"tls.crt\", \"keyFile\": \"tls.key\", \"crlFile\": \"list.crl\"", true, true)]
    public void A_node_reads_what_it_hands_over(string section, bool certificate, bool lists)
    {
        var result = Load(false, $"\"dial\": \"127.0.0.1:7402\", \"handOver\": {{ {section} }}, ", "", Pinned);
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        var handOver = result.Value!.Peers[0].HandOver!;
        Assert.Equal((certificate, lists), (handOver.Certificate is not null, handOver.Lists is not null));
        Assert.Null(result.Value.Peers[1].HandOver);
        result.Value.Certificate.Dispose();
    }

    [Theory]
    [InlineData(true, "\"accept\": true, \"handsOver\": true, ", "", Pinned, "inner: true and accept: true")]
    [InlineData(false, "\"accept\": true, \"inner\": true, \"handsOver\": true, ", "", Pinned, "for a float's peers")]
    [InlineData(true, Inner + "\"handOver\": { \"crlFile\": \"list.crl\" }, ", "", Pinned, "a float has nothing to hand over")]
    [InlineData(true, Inner, "\"publicHandedOver\": true, ", Pinned, "no peer has both handsOver")]
    [InlineData(true, "\"accept\": true, \"inner\": true, \"handsOver\": true, ", "\"publicHandedOver\": true, ", Pinned, "no peer has both handsOver")]
    [InlineData(true, Inner, "", "\"caFile\": \"ca.pem\", \"revocation\": \"soft\", \"crlHandedOver\": true", "but no peer has handsOver")]
    [InlineData(true, Inner + "\"handsOver\": true, ", "", "\"caFile\": \"ca.pem\", \"crlHandedOver\": true", "revocation is off")]
    [InlineData(true, Inner + "\"handsOver\": true, ", "", Pinned + ", \"crlHandedOver\": true", "pinnedKey takes no revocation")]
    [InlineData(true, Inner + "\"handsOver\": true, ", "", "\"caFile\": \"ca.pem\", \"revocation\": \"soft\", \"crlFile\": \"list.crl\", \"crlHandedOver\": true", "not both")]
    [InlineData(false, "\"accept\": true, \"handOver\": { \"crlFile\": \"ca.pem\" }, ", "", Pinned, "something else than complete revocation lists")]
    [InlineData(false, "\"accept\": true, \"handOver\": { \"certificateFile\": \"tls.crt\" }, ", "", Pinned, "is required")]
    [InlineData(false, "\"accept\": true, \"handOver\": { \"certificateFile\": \"ca.pem\", \"keyFile\": \"tls.key\" }, ", "", Pinned, "private key of the first certificate")]
    [InlineData(
        false, "\"accept\": true, \"handOver\": { \"certificateFile\": \"tls.crt\", \"key\": \"pkcs11:token=a;object=b?module-path=/m.so&pin-source=file:pin\" }, ", "", Pinned, "can't be handed over; attach the token to the float")]
    public void What_contradicts_itself_is_an_error(bool relays, string member, string tls, string trust, string message)
    {
        var result = Load(relays, member, tls, trust);
        Assert.False(result.IsValid);
        Assert.Contains(result.Errors, error => error.Message.Contains(message, StringComparison.Ordinal));
    }

    private ConfigurationResult<RelayConfiguration> Load(bool relays, string member, string tls, string trust)
    {
        var inner = member.Contains("\"inner\"", StringComparison.Ordinal) ? "\"innerListen\": [ \"127.0.0.1:7402\" ]," : "";
        var json = $$"""
            {
              "network": { "name": "demo" },
              "identity": { "keyFile": "identity.key" },
              "tls": { {{tls}}"certificateFile": "tls.crt", "keyFile": "tls.key" },
              {{inner}}
              "listen": [ "127.0.0.1:7401" ],
              "peers": [
                { "name": "one", "address": "{{_peer}}", {{member}}"trust": { {{Pinned}} } },
                { "name": "two", "address": "{{_other}}", "accept": true, "trust": { {{trust}} } },
              ],
            }
            """;
        return ConfigurationLoader.Load(_folder.Write("any.json", json), new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays));
    }
}
