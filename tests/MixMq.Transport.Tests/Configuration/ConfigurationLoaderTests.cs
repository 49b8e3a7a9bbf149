using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MixMq.Crypto;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestCa _ca = new();
    private readonly string _peer;

    public ConfigurationLoaderTests()
    {
        NodeIdentity.Create(_folder.File("identity.key")).Dispose();
        using var certificate = _ca.Issue();
        _folder.Write("tls.crt", certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        _folder.Write("tls.key", key.ExportPkcs8PrivateKeyPem());
        _folder.Write("peer-ca.pem", _ca.Pem);
        using var peer = NodeIdentity.Generate(SystemRandomSource.Instance);
        _peer = peer.Address.ToString();
    }

    public void Dispose()
    {
        _ca.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_complete_file_loads_with_defaults_for_what_it_leaves_out()
    {
        var result = Load(Valid());
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        var configuration = result.Value!;
        Assert.Equal("demo", configuration.Network.Definition.Name);
        Assert.Equal(10, configuration.Network.Definition.Geometry.Hops);
        Assert.Equal(3600, configuration.Network.EpochSeconds);
        Assert.Equal("relay-1", configuration.Peers[0].Name);
        Assert.Equal(new DialTarget("127.0.0.1", 7402), configuration.Peers[0].Dial);
        Assert.Equal(_folder.File("data"), configuration.DataDirectory);
        Assert.Equal(_folder.File("data/status.txt"), configuration.StatusFile);
        Assert.Equal(5_000, configuration.Limits.LinkPacketsPerSecond);
        configuration.Certificate.Dispose();
    }

    [Fact]
    public void All_errors_are_listed_at_once_each_with_its_key_path()
    {
        var json = Valid()
            .Replace("\"demo\"", "\"\"", StringComparison.Ordinal)
            .Replace("identity.key", "missing.key", StringComparison.Ordinal)
            .Replace("\"127.0.0.1:7401\"", "\"nowhere\"", StringComparison.Ordinal)
            .Replace("127.0.0.1:7402", "127.0.0.1", StringComparison.Ordinal)
            .Replace("peer-ca.pem", "no-such.pem", StringComparison.Ordinal)
            .Replace("\"limits\": {", "\"limits\": { \"delayQueue\": \"many\", ", StringComparison.Ordinal);
        var paths = Load(json).Errors.Select(error => error.Path).ToList();
        Assert.Equal(
            ["identity:keyFile", "limits:delayQueue", "listen:0", "network:name", "peers:0:dial", "peers:0:trust:caFile"],
            paths.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"listen\"", "\"lissten\"", "lissten:0")]
    [InlineData("\"accept\"", "\"acept\"", "peers:0:acept")]
    [InlineData("\"caFile\"", "\"cafiles\"", "peers:0:trust:cafiles")]
    [InlineData("\"dataDirectory\": \"data\"", "\"dataDirectory\": \"data\", \"control\": {}", "control")]
    public void A_key_that_nothing_reads_is_an_error(string from, string to, string path)
    {
        var errors = Load(Valid().Replace(from, to, StringComparison.Ordinal)).Errors;
        Assert.Contains(errors, error => error.Path == path && error.Message.StartsWith("unknown key", StringComparison.Ordinal));
    }

    [Fact]
    public void The_environment_wins_over_the_file_and_the_command_line_over_both()
    {
        var environment = new Hashtable
        {
            ["MIXMQ__statusIntervalSeconds"] = "7",
            ["MIXMQ__limits__delayQueue"] = "99",
            ["MIXMQ_NODE_PATH"] = "not a setting",
        };
        var result = Load(Valid(), environment, new KeyValuePair<string, string>("Limits:DelayQueue", "77"));
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        Assert.Equal(7, result.Value!.StatusIntervalSeconds);
        Assert.Equal(77, result.Value.Limits.DelayQueue);
        result.Value.Certificate.Dispose();
    }

    [Fact]
    public void An_unknown_key_of_the_environment_is_named_as_such()
    {
        var errors = Load(Valid(), new Hashtable { ["MIXMQ__limits__delay"] = "1" }).Errors;
        Assert.Equal("limits:delay", Assert.Single(errors).Path);
        Assert.Contains("environment variable MIXMQ__limits__delay", errors[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{ \"log\": 1, \"LOG\": 2 }", "stands twice")]
    [InlineData("{ \"log\": \"\\ud800\" }", "half a character")]
    [InlineData("{ \"\\udc00\": 1 }", "half a character")]
    public void A_file_that_is_no_configuration_gives_one_error(string json, string message)
    {
        var errors = Load(json).Errors;
        Assert.Contains(message, Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_another_encoding_gives_one_error()
    {
        var file = _folder.File("latin.json");
        File.WriteAllBytes(file, Encoding.Latin1.GetBytes("{ \"peers\": [ { \"name\": \"Zürich\" } ] }"));
        var result = ConfigurationLoader.Load(file, new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays: true));
        Assert.Contains("not UTF-8", Assert.Single(result.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_with_a_zero_character_is_reported_at_its_key()
    {
        var errors = Load(Valid().Replace("peer-ca.pem", "peer\\u0000.pem", StringComparison.Ordinal)).Errors;
        Assert.Contains(errors, error => error.Path == "peers:0:trust:caFile" && error.Message.Contains("zero character", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_file_gives_one_error()
    {
        var result = ConfigurationLoader.Load(_folder.File("none.json"), new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays: true));
        Assert.Contains("does not exist", Assert.Single(result.Errors).Message, StringComparison.Ordinal);
        result = ConfigurationLoader.Load(_folder.Path, new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays: true));
        Assert.Contains("this is a folder; name the configuration file in it", Assert.Single(result.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_address_is_told_from_a_missing_one()
    {
        var mistyped = _peer[..^1] + (_peer[^1] == 'q' ? 'p' : 'q');
        var error = Assert.Single(Load(Valid().Replace(_peer, mistyped, StringComparison.Ordinal)).Errors);
        Assert.Equal("peers:0:address", error.Path);
        Assert.Contains("mistyped", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_needs_a_way_to_meet_and_exactly_one_trust()
    {
        var json = Valid()
            .Replace("\"dial\": \"127.0.0.1:7402\", ", "", StringComparison.Ordinal)
            .Replace("\"accept\": true", "\"accept\": false", StringComparison.Ordinal)
            .Replace("\"caFile\": \"peer-ca.pem\"", "\"caFile\": \"peer-ca.pem\", \"pinnedKey\": \"sha256:" + new string('a', 64) + "\"", StringComparison.Ordinal);
        Assert.Equal(["peers:0", "peers:0:trust"], Load(json).Errors.Select(error => error.Path));
    }

    [Theory]
    [InlineData("\"system\": true, \"dnsName\": \"bank.example\"", null)]
    [InlineData("\"system\": true, \"subject\": \"CN=bank,C=DE\"", null)]
    [InlineData("\"caFile\": \"peer-ca.pem\", \"dnsName\": \"bank.example\"", null)]
    [InlineData("\"system\": true", "needs dnsName or subject")]
    [InlineData("\"system\": true, \"caFile\": \"peer-ca.pem\", \"dnsName\": \"bank.example\"", "exactly one of")]
    [InlineData("\"system\": true, \"dnsName\": \"bank.example\", \"subject\": \"CN=bank\"", "not both")]
    [InlineData("\"system\": true, \"dnsName\": \"bank example\"", "has a wrong value: a DNS name")]
    [InlineData("\"system\": true, \"subject\": \"bank\"", "has a wrong value: the certificate's whole subject")]
    [InlineData("\"system\": false, \"dnsName\": \"bank.example\"", "exactly one of")]
    [InlineData("\"pinnedKey\": \"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"dnsName\": \"bank.example\"", "the key alone decides")]
    public void Trust_by_a_ca_may_need_a_name(string trust, string? message)
    {
        var result = Load(Valid().Replace("\"caFile\": \"peer-ca.pem\"", trust, StringComparison.Ordinal));
        if (message is null)
        {
            Assert.True(result.IsValid, string.Join('\n', result.Errors));
            result.Value!.Certificate.Dispose();
        }
        else
        {
            var error = Assert.Single(result.Errors);
            Assert.StartsWith("peers:0:trust", error.Path, StringComparison.Ordinal);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"revocation\": \"hard\", ", "\"crlFile\": \"list.pem\", ", "", null)]
    [InlineData("\"revocation\": \"hard\", ", "", "\"revocation\": \"off\", ", null)]
    [InlineData("", "\"crlFile\": \"list.pem\", ", "\"revocation\": \"Soft\", ", null)]
    [InlineData("\"revocation\": \"hard\", ", "", "", "revocation needs crlFile")]
    [InlineData("", "\"crlFile\": \"list.pem\", ", "", "revocation is off")]
    [InlineData("\"revocation\": \"2\", ", "", "", "one of off, soft, hard")]
    [InlineData("\"revocation\": \"soft\", ", "\"crlFile\": \"peer-ca.pem\", ", "", "something else than complete revocation lists")]
    public void Revocation_is_for_all_peers_or_for_one_and_needs_lists(string all, string file, string one, string? message)
    {
        _folder.WriteBytes("list.pem", _ca.RevocationList([]));
        var result = Load(Valid()
            .Replace("\"tls\": { ", "\"tls\": { " + all, StringComparison.Ordinal)
            .Replace("\"trust\": { ", "\"trust\": { " + file + one, StringComparison.Ordinal));
        if (message is null)
        {
            Assert.True(result.IsValid, string.Join('\n', result.Errors));
            result.Value!.Certificate.Dispose();
        }
        else
        {
            Assert.Contains(message, Assert.Single(result.Errors).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_node_can_not_be_its_own_peer()
    {
        using var own = NodeIdentity.Load(_folder.File("identity.key"));
        var error = Assert.Single(Load(Valid().Replace(_peer, own.Address.ToString(), StringComparison.Ordinal)).Errors);
        Assert.Contains("own neighbour", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Network_rules_that_contradict_each_other_are_all_reported()
    {
        var json = Valid().Replace("\"name\": \"demo\"", "\"name\": \"demo\", \"epochSeconds\": 60, \"pathLinks\": 10", StringComparison.Ordinal);
        var errors = Load(json).Errors;
        Assert.True(errors.Length >= 2, string.Join('\n', errors));
        Assert.All(errors, error => Assert.Equal("network", error.Path));
    }

    [Fact]
    public void A_key_file_open_to_others_is_refused_with_the_command_that_mends_it()
    {
        File.SetUnixFileMode(_folder.File("tls.key"), (UnixFileMode)Convert.ToInt32("644", 8));
        var error = Assert.Single(Load(Valid()).Errors);
        Assert.Equal("tls", error.Path);
        Assert.Contains("mode 0644", error.Message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_with_another_key_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _folder.Write("tls.key", other.ExportPkcs8PrivateKeyPem());
        Assert.Contains("is not the unencrypted PEM private key", Assert.Single(Load(Valid()).Errors).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"pkcs12File\": \"tls.p12\", \"passwordFile\": \"tls.pass\"", null)]
    [InlineData("\"pkcs12File\": \"tls.p12\"", "tls:passwordFile")]
    [InlineData("\"passwordFile\": \"tls.pass\"", "tls:pkcs12File")]
    [InlineData("\"pkcs12File\": \"tls.p12\", \"passwordFile\": \"tls.pass\", \"keyFile\": \"tls.key\"", "tls")]
    [InlineData("\"pkcs12File\": \"tls.p12\", \"passwordFile\": \"wrong.pass\"", "tls")]
    public void A_certificate_may_come_as_pkcs12_with_a_password_file(string tls, string? path)
    {
        using var certificate = _ca.Issue();
        _folder.Write("tls.pass", "secret\n");
        _folder.Write("wrong.pass", "guess\n");
        _folder.WriteBytes("tls.p12", certificate.Export(X509ContentType.Pkcs12, "secret"));
        var result = Load(Valid().Replace("\"certificateFile\": \"tls.crt\", \"keyFile\": \"tls.key\"", tls, StringComparison.Ordinal));
        if (path is null)
        {
            Assert.True(result.IsValid, string.Join('\n', result.Errors));
            Assert.Equal(CertificatePin.Of(certificate), result.Value!.Certificate.Pin);
            result.Value.Certificate.Dispose();
        }
        else
        {
            var error = Assert.Single(result.Errors);
            Assert.Equal(path, error.Path);
            Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"certificateFile\": \"tls.crt\", \"key\": \"/etc/tls.key\"", "tls:key", "RFC 7512")]
    [InlineData("\"key\": \"pkcs11:token=a;object=b?module-path=/m.so&pin-source=file:pin\"", "tls:certificateFile", "is required")]
    [InlineData("\"certificateFile\": \"tls.crt\", \"key\": \"pkcs11:token=a;object=b?module-path=/m.so&pin-source=file:pin\", \"keyFile\": \"tls.key\"", "tls", "not both")]
    [InlineData("\"pkcs12File\": \"tls.p12\", \"passwordFile\": \"tls.pass\", \"key\": \"pkcs11:token=a\"", "tls", "not both")]
    [InlineData("\"certificateFile\": \"tls.crt\", \"key\": \"pkcs11:token=a;object=b?module-path=/m.so&pin-source=file:pin\"", "tls", "key file '")]
    [InlineData("\"certificateFile\": \"tls.crt\", \"key\": \"pkcs11:token=a;object=b?module-path=/m.so&pin-value=4711\"", "tls:key", "pin-value")]
    [InlineData("\"certificateFile\": \"missing.crt\", \"key\": \"pkcs11:token=a;object=b?module-path=/m.so&pin-source=file:pin\"", "tls", "can't be read")]
    public void A_key_in_a_token_that_cant_be_used_is_an_error_that_says_why(string tls, string path, string reason)
    {
        var error = Assert.Single(Load(Valid().Replace("\"certificateFile\": \"tls.crt\", \"keyFile\": \"tls.key\"", tls, StringComparison.Ordinal)).Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relay.example.org:7400", "relay.example.org", 7400)]
    [InlineData("[::1]:1", "::1", 1)]
    public void Dial_targets_are_host_and_port(string text, string host, int port)
    {
        Assert.True(DialTarget.TryParse(text, out var target));
        Assert.Equal(new DialTarget(host, port), target);
    }

    [Theory]
    [InlineData("relay")]
    [InlineData(":7400")]
    [InlineData("relay:0")]
    [InlineData("relay:65536")]
    [InlineData("::1:7400")]
    [InlineData("a b:7400")]
    [InlineData("relay:+7")]
    public void Other_dial_targets_are_refused(string text) => Assert.False(DialTarget.TryParse(text, out _));

    [Theory]
    [InlineData("\"listen\": [ \"0.0.0.0:7401\" ]", "listen")]
    [InlineData("\"listen\": [ \"127.0.0.1:7401\", \"[::]:7401\" ]", "listen")]
    [InlineData("\"listen\": [ \"[::ffff:0.0.0.0]:7401\" ]", "listen")]
    [InlineData("\"listen\": [ \"127.0.0.1:7401\" ], \"health\": { \"listen\": \"0.0.0.0:7409\" }", "health:listen")]
    public void A_strict_profile_refuses_addresses_that_are_every_address(string listen, string path)
    {
        var json = Valid().Replace("\"listen\": [ \"127.0.0.1:7401\" ]", listen, StringComparison.Ordinal);
        var standard = Load(json);
        Assert.True(standard.IsValid, string.Join('\n', standard.Errors));
        standard.Value!.Certificate.Dispose();
        var error = Assert.Single(Load(json, null, new KeyValuePair<string, string>("profile", "strict")).Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains("every address", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "\"inner\": true, \"dial\": \"127.0.0.1:7402\"", "never dials inwards")]
    [InlineData(false, "\"inner\": true, \"dial\": \"127.0.0.1:7402\"", null)]
    [InlineData(true, "\"activates\": true", "not inner")]
    [InlineData(true, "\"inner\": true, \"activates\": true", null)]
    public void A_float_never_dials_a_peer_of_the_inside_and_only_such_a_one_activates(bool relays, string member, string? message)
    {
        var json = Valid().Replace("\"dial\": \"127.0.0.1:7402\"", member, StringComparison.Ordinal)
            .Replace("\"listen\":", "\"innerListen\": [ \"127.0.0.1:7405\" ], \"listen\":", StringComparison.Ordinal);
        if (!member.Contains("inner", StringComparison.Ordinal))
        {
            json = json.Replace("\"innerListen\": [ \"127.0.0.1:7405\" ], ", "", StringComparison.Ordinal);
        }

        var result = ConfigurationLoader.Load(_folder.Write("any.json", json), new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays));
        Assert.Equal(message is null, result.IsValid);
        if (message is not null)
        {
            Assert.Contains(result.Errors, error => error.Message.Contains(message, StringComparison.Ordinal));
        }

        result.Value?.Certificate.Dispose();
    }

    [Fact]
    public void An_activating_peer_needs_a_listener_that_is_open_before_it()
    {
        var json = Valid().Replace("\"dial\": \"127.0.0.1:7402\"", "\"inner\": true, \"activates\": true", StringComparison.Ordinal);
        Assert.Contains("innerListen", Assert.Single(Load(json).Errors).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"phrase\": \"\" }", "health:phrase")]
    [InlineData("{ \"phrase\": \"ok\", \"otherwise\": \"not ok\" }", "health:otherwise")]
    [InlineData("{ \"listen\": \"7400\" }", "health:listen")]
    [InlineData("{ \"silenced\": [ \"192.0.2.0/33\" ] }", "health:silenced:0")]
    [InlineData("{ \"phrase\": \"gesund und ü\" }", "health:phrase")]
    public void A_health_answer_that_could_mislead_is_an_error(string section, string path) => Assert.Contains(
        Load(Valid().Replace("\"dataDirectory\"", $"\"health\": {section}, \"dataDirectory\"", StringComparison.Ordinal)).Errors, error => error.Path == path);

    [Theory]
    [InlineData("{ \"via\": \"socks4\" }", "outward:via")]
    [InlineData("{ \"via\": \"socks5\" }", "outward:proxy")]
    [InlineData("{ \"proxy\": \"proxy:1080\" }", "outward")]
    [InlineData("{ \"via\": \"connect\", \"proxy\": \"proxy:3128\", \"credentialsFile\": \"missing\" }", "outward:credentialsFile")]
    [InlineData("{ \"via\": \"connect\", \"proxy\": \"proxy:3128\", \"credentialsFile\": \"identity.key\" }", "outward:credentialsFile")]
    [InlineData("{ \"via\": \"accept-only\" }", "peers")]
    [InlineData("{ \"via\": \"accept-only\", \"proxy\": \"proxy:3128\" }", "outward")]
    public void A_way_outward_that_can_not_work_is_an_error(string section, string path) => Assert.Contains(
        Load(Valid().Replace("\"dataDirectory\"", $"\"outward\": {section}, \"dataDirectory\"", StringComparison.Ordinal)).Errors, error => error.Path == path);

    [Theory]
    [InlineData("\"dial\": \"127.0.0.1:7402\"", "\"dial\": \"b\u00fccher.example:7402\"", "peers")]
    [InlineData("\"dial\": \"127.0.0.1:7402\"", "\"direct\": true", "peers:0:direct")]
    public void A_peer_that_a_proxy_could_not_be_asked_for_is_an_error(string old, string changed, string path) => Assert.Contains(
        Load(Valid().Replace(old, changed, StringComparison.Ordinal).Replace(
            "\"dataDirectory\"", "\"outward\": { \"via\": \"socks5\", \"proxy\": \"proxy:1080\" }, \"dataDirectory\"", StringComparison.Ordinal)).Errors,
        error => error.Path == path);

    [Fact]
    public void Credentials_that_others_can_read_are_refused_and_those_of_the_owner_are_taken()
    {
        const string Section = "\"outward\": { \"via\": \"socks5\", \"proxy\": \"proxy:1080\", \"credentialsFile\": \"proxy.txt\" }, \"dataDirectory\"";
        var json = Valid().Replace("\"dataDirectory\"", Section, StringComparison.Ordinal);
        var file = _folder.Write("proxy.txt", "user\npassword\n");
        var result = Load(json);
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        Assert.NotNull(result.Value!.Outward.Credentials);
        result.Value.Certificate.Dispose();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Single(Load(json).Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_float_keeps_an_audit_trail_unless_told_otherwise_and_a_node_only_where_it_is_told()
    {
        string? FileOf(bool relays, string section)
        {
            var json = Valid().Replace("\"dataDirectory\"", $"\"audit\": {section}, \"dataDirectory\"", StringComparison.Ordinal);
            var result = ConfigurationLoader.Load(_folder.Write("any.json", json), new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays));
            Assert.True(result.IsValid, string.Join('\n', result.Errors));
            result.Value!.Certificate.Dispose();
            return result.Value.Audit.File;
        }

        Assert.Equal(_folder.File("data/audit.log"), FileOf(relays: true, "{}"));
        Assert.Null(FileOf(relays: true, "{ \"enabled\": false }"));
        Assert.Null(FileOf(relays: false, "{}"));
        Assert.Equal(_folder.File("trail"), FileOf(relays: false, "{ \"file\": \"trail\" }"));
    }

    private ConfigurationResult<RelayConfiguration> Load(string json, IDictionary? environment = null, params KeyValuePair<string, string>[] overrides) =>
        ConfigurationLoader.Load(
            _folder.Write("float.json", json), environment ?? new Hashtable(), overrides, reader => RelayConfiguration.Read(reader, relays: true));

    private string Valid() => string.Create(CultureInfo.InvariantCulture, $$"""
        {
          // Comments are allowed.
          "network": { "name": "demo" },
          "identity": { "keyFile": "identity.key" },
          "tls": { "certificateFile": "tls.crt", "keyFile": "tls.key" },
          "listen": [ "127.0.0.1:7401" ],
          "publicEndpoints": [],
          "peers": [
            { "name": "relay-1", "address": "{{_peer}}", "dial": "127.0.0.1:7402", "accept": true, "trust": { "caFile": "peer-ca.pem" } }
          ],
          "dataDirectory": "data",
          "limits": { "linkPacketsPerSecond": 5000 },
          "log": { "level": "information" },
        }
        """);
}
