using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Configuration;
using MixMq.Transport.Handover;
using MixMq.Transport.Keys;
using MixMq.Transport.Survey;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;
using MixMq.Transport.Tokens;

namespace MixMq.Transport.Tests.Tokens;

/// <summary>Certificates whose key is in a real token (SoftHSM), through OpenSSL's engine: what is served, and what is said where it can't be.</summary>
[Collection(nameof(SoftTokens))]
public sealed class TokenKeyTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestCa _root = new();

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }

    [TokenFact]
    public async Task An_ecdsa_key_in_a_token_serves_in_both_roles_with_intermediates_and_doesnt_come_out()
    {
        using var intermediate = _root.IssueIntermediate();
        using var leaf = intermediate.Issue(toDay: 300);
        using var loaded = Put(leaf, "ecdsa", intermediate.Pem).Load();
        using var other = _root.IssueLocal();
        await Handshakes.AssertServedAsync(loaded, leaf, other, _root.Trust);
        using var key = loaded.Sent[0].GetECDsaPrivateKey()!;
        Assert.ThrowsAny<CryptographicException>(key.ExportPkcs8PrivateKey);
        Assert.ThrowsAny<CryptographicException>(() => key.ExportParameters(includePrivateParameters: true));
        Assert.False(CertificateMessage.TryWrite(loaded, out _, out var error));
        Assert.Contains("can't be exported", error, StringComparison.Ordinal);
    }

    [TokenFact]
    public async Task An_rsa_key_in_a_token_serves_in_both_roles()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var leaf = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var loaded = Put(leaf, "rsa").Load();
        using var other = new LocalCertificate(leaf, []);
        await Handshakes.AssertServedAsync(loaded, leaf, other, new PinnedKeyTrust(CertificatePin.Of(leaf)));
        using var signing = loaded.Sent[0].GetRSAPrivateKey()!;
        Assert.ThrowsAny<CryptographicException>(signing.ExportPkcs8PrivateKey);
    }

    [TokenFact]
    public async Task Many_handshakes_at_once_use_one_key()
    {
        using var leaf = _root.Issue();
        using var loaded = Put(leaf, "busy").Load();
        using var other = _root.IssueLocal();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Handshakes.AssertServedAsync(loaded, leaf, other, _root.Trust))));
    }

    [TokenFact]
    public void A_wrong_pin_is_said_once_and_not_shown_and_the_right_one_mends_it()
    {
        using var leaf = _root.Issue();
        Put(leaf, "pin", "", "pins");
        var token = SoftToken.Get("pins");
        var message = Fault(token.Uri("pin", _folder, "1111-wrong"));
        Assert.Contains("is not the PIN of the token 'token=pins'", message, StringComparison.Ordinal);
        Assert.DoesNotContain("1111", message, StringComparison.Ordinal);
        Assert.Contains("has no PIN on its first line", Fault(token.Uri("pin", _folder, "\n1234")), StringComparison.Ordinal);
        var uri = token.Uri("pin", _folder);
        File.SetUnixFileMode(uri.PinFile, (UnixFileMode)Convert.ToInt32("640", 8));
        Assert.Contains("chmod 600", Fault(uri), StringComparison.Ordinal);
        using var loaded = CertificateFiles.Token(_folder.File("tls.crt"), token.Uri("pin", _folder)).Load();
        Assert.Equal(CertificatePin.Of(leaf), loaded.Pin);
    }

    [TokenFact]
    public void A_credential_of_the_service_may_look_open_to_its_group_and_not_to_others()
    {
        using var leaf = _root.Issue();
        Put(leaf, "credential");
        Assert.True(TokenUri.TryParse(
            SoftToken.Get("links").Text("credential", "").Replace("pin-source=file:", "pin-source=credential:hsm-pin", StringComparison.Ordinal), "/", _folder.Path, out var uri, out var error), error);
        var file = _folder.Write("hsm-pin", SoftToken.Pin, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        CertificateFiles.Token(_folder.File("tls.crt"), uri).Load().Dispose();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("lets others", Fault(uri), StringComparison.Ordinal);
    }

    [TokenFact]
    public void What_isnt_there_is_named()
    {
        using var leaf = _root.Issue();
        using var other = _root.Issue();
        Put(other, "another");
        Put(leaf, "there");
        var links = SoftToken.Get("links");
        Assert.Contains("has no private key 'object=missing'; list what it has with: pkcs11-tool", Fault(links.Uri("missing", _folder)), StringComparison.Ordinal);
        Assert.Contains("there is no token 'token=nowhere'", Fault(Changed(links.Uri("there", _folder), "token=links", "token=nowhere")), StringComparison.Ordinal);
        Assert.Contains("is 'links'", Fault(Changed(links.Uri("there", _folder), "token=links", "token=nowhere")).Replace("'both', ", "", StringComparison.Ordinal).Replace("'pins', ", "", StringComparison.Ordinal).Replace("'gone', ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("several tokens 'token=both'", Fault(SoftToken.Get("both").Uri("there", _folder)), StringComparison.Ordinal);
        Assert.Contains("is not that of the first certificate", Fault(links.Uri("another", _folder)), StringComparison.Ordinal);
        Assert.Contains("another one ('/usr/lib/other.so') takes a restart", Fault(Changed(links.Uri("there", _folder), SoftToken.Module!, "/usr/lib/other.so")), StringComparison.Ordinal);
        using var twin = ECDsa.Create();
        links.Put(twin, "twin", "21", _folder).Put(twin, "twin", "22", _folder);
        Assert.Contains("several private keys 'object=twin'; add id=", Fault(links.Uri("twin", _folder)), StringComparison.Ordinal);
        CertificateFiles.Token(_folder.File("tls.crt"), links.Uri("there", _folder)).Load().Dispose();
    }

    [TokenFact]
    public void The_survey_says_of_each_fault_what_it_is_and_what_to_do_and_of_a_sound_key_that_it_signs()
    {
        using var leaf = _root.Issue();
        using var other = _root.Issue();
        Put(other, "survey-another");
        Put(leaf, "survey");
        NodeIdentity.Create(_folder.File("identity.key")).Dispose();
        var links = SoftToken.Get("links");
        var pin = _folder.Write("survey-pin", SoftToken.Pin);
        var sound = links.Text("survey", pin);
        var well = Survey(sound);
        Assert.Equal((FindingLevel.Ok, "ok"), (well.Level, well.Code));
        Assert.Contains("has signed for the certificate", well.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(SoftToken.Pin, well.Text, StringComparison.Ordinal);
        var faults = new Dictionary<string, string>
        {
            ["no-key"] = links.Text("nowhere", pin),
            ["other-key"] = links.Text("survey-another", pin),
            ["no-token"] = sound.Replace("token=links", "token=elsewhere", StringComparison.Ordinal),
            ["several-tokens"] = sound.Replace("token=links", "token=both", StringComparison.Ordinal),
            ["pin-file"] = links.Text("survey", _folder.File("missing")),
            ["no-pin"] = links.Text("survey", _folder.Write("empty-pin", "\n")),
            ["wrong-pin"] = SoftToken.Get("pins").Text("survey", _folder.Write("wrong-pin", "1111-wrong")),
            ["other-module"] = sound.Replace(SoftToken.Module!, "/usr/lib/other.so", StringComparison.Ordinal),
        };
        foreach (var (code, uri) in faults)
        {
            var finding = Survey(uri);
            Assert.Equal((FindingLevel.Problem, code), (finding.Level, finding.Code));
            Assert.NotEmpty(finding.Advice);
            Assert.DoesNotContain("1111", finding.Text + finding.Advice, StringComparison.Ordinal);
        }

        File.SetUnixFileMode(pin, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal("pin-file", Survey(sound).Code);
        Assert.Contains("chmod 600", Survey(sound).Text + Survey(sound).Advice, StringComparison.Ordinal);
        File.SetUnixFileMode(pin, UnixFileMode.UserRead);
        File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.GroupWrite);
        Assert.Equal(("pin-folder", FindingLevel.Warning), Survey(sound, which: 1) is var folder ? (folder.Code, folder.Level) : default);
    }

    /// <summary>What a survey says of the token that a configuration names.</summary>
    private Finding Survey(string uri, int which = 0)
    {
        var file = _folder.Write("any.json", $$"""
            { "network": { "name": "test" }, "identity": { "keyFile": "identity.key" }, "tls": { "certificateFile": "tls.crt", "key": "{{uri}}" }, "listen": [], "peers": [], "dataDirectory": "data" }
            """);
        var result = ConfigurationLoader.Load(file, new System.Collections.Hashtable(), [], reader => RelayConfiguration.Read(reader, relays: true));
        var found = (result.Value is { } valid ? TokenSurvey.Of(valid) : RelaySurvey.OfErrors(result.Errors)).Where(finding => finding.Check == "token").ToList();
        result.Value?.Certificate.Dispose();
        return found[which];
    }

    private CertificateFiles Put(X509Certificate2 leaf, string label, string further = "", string token = "links")
    {
        using var key = (AsymmetricAlgorithm?)leaf.GetECDsaPrivateKey() ?? leaf.GetRSAPrivateKey()!;
        var id = Convert.ToHexString(RandomNumberGenerator.GetBytes(4));
        var uri = SoftToken.Get(token).Put(key, label, id, _folder).Uri(label, _folder);
        return CertificateFiles.Token(_folder.Write("tls.crt", leaf.ExportCertificatePem() + "\n" + further), uri);
    }

    private TokenUri Changed(TokenUri uri, string from, string to)
    {
        var text = $"{uri.Path.Replace(";type=private", "", StringComparison.Ordinal)}?module-path={uri.ModulePath}&pin-source=file:{uri.PinFile}";
        Assert.True(TokenUri.TryParse(text.Replace(from, to, StringComparison.Ordinal), _folder.Path, credentials: null, out var changed, out var error), error);
        return changed;
    }

    private string Fault(TokenUri uri) => Assert.Throws<KeyFileException>(CertificateFiles.Token(_folder.File("tls.crt"), uri).Load).Message;
}
