using System.Collections;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using MixMq.Transport.Configuration;
using MixMq.Transport.Survey;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Survey;

/// <summary>A support bundle gives nothing away. Searched are the bytes of all its files.</summary>
public sealed class SupportBundleTests : IDisposable
{
    /// <summary>Stands in every text of the configuration below, and in nothing else.</summary>
    private const string Mark = "zq7secret";

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);
    private readonly SurveyedFloat _float = new();

    public void Dispose() => _float.Dispose();

    /// <summary>Every setting that takes a text, with one that would be recognised; most are errors, which keeps none of them out of the bundle.</summary>
    private string Marked => $$"""
        {
          "profile": "{{Mark}}", "network": { "name": "{{Mark}}", "parameters": "{{Mark}}", "revocations": "{{Mark}}", "admission": "{{Mark}}", "successions": "{{Mark}}", "hops": "{{Mark}}" },
          "identity": { "keyFile": "/{{Mark}}/identity.key" },
          "tls": { "certificateFile": "/{{Mark}}/tls.crt", "keyFile": "/{{Mark}}/tls.key", "pkcs12File": "{{Mark}}", "passwordFile": "{{Mark}}", "revocation": "{{Mark}}", "pollSeconds": "{{Mark}}", "publicHandedOver": "{{Mark}}" },
          "listen": [ "{{Mark}}:1" ], "innerListen": [ "{{Mark}}:2" ], "publicEndpoints": [ "{{Mark}}.example:7400" ],
          "health": { "listen": "{{Mark}}", "phrase": "{{Mark}}", "otherwise": "{{Mark}}", "silenced": [ "{{Mark}}" ] },
          "outward": { "via": "{{Mark}}", "proxy": "{{Mark}}.example:1080", "credentialsFile": "{{Mark}}" },
          "metrics": { "file": "{{Mark}}", "seconds": "{{Mark}}" },
          "audit": { "file": "{{Mark}}", "{{Mark}}": 1 },
          "log": { "level": "{{Mark}}" }, "dataDirectory": "{{Mark}}", "statusFile": "{{Mark}}", "limits": { "delayQueue": "{{Mark}}" },
          "{{Mark}}": { "{{Mark}}": "{{Mark}}" }, "level": "{{Mark}}", "senders": "{{Mark}}",
          "peers": [ {
            "name": "{{Mark}}", "address": "mix1{{Mark}}", "dial": "{{Mark}}.example:7400", "accept": "{{Mark}}", "inner": "{{Mark}}",
            "trust": { "caFile": "{{Mark}}", "pinnedKey": "{{Mark}}", "dnsName": "{{Mark}}", "subject": "CN={{Mark}}", "crlFile": "{{Mark}}", "revocation": "{{Mark}}" },
            "handOver": { "certificateFile": "{{Mark}}", "keyFile": "{{Mark}}", "crlFile": "{{Mark}}" } } ]
        }
        """;

    [Fact]
    public void Nothing_of_a_configuration_in_which_every_text_is_recognisable_is_in_the_bundle()
    {
        var result = ConfigurationLoader.Load(_float.Write(Marked), new Hashtable { ["MIXMQ__zq7secretenv"] = Mark }, [KeyValuePair.Create("log:zq7secretline", Mark)], RelaySurveyTests.Read);
        Assert.True(result.Errors.Length > 20);
        var files = Write("bundle.tar.gz", result, RelaySurvey.OfErrors(result.Errors));
        Assert.Equal(["about.json", "survey.json", "configuration.json"], files.Keys.Select(name => name.Split('/')[^1]));
        AssertAbsent(files, Mark, _float.Folder.Path);

        // What is known to be a setting is there by its name, or the bundle would be of no use.
        var settings = JsonDocument.Parse(files["mixmq-support/configuration.json"]).RootElement;
        Assert.StartsWith("x-", settings.GetProperty("peers:0:trust:dnsname").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_valid_configuration_numbers_and_words_stay_and_names_become_pseudonyms_equal_within_a_bundle()
    {
        var peer = $$"""{ "name": "bank-zq7", "address": "{{_float.Other}}", "dial": "127.0.0.1:1", "trust": { "caFile": "ca.pem" } }""";
        var json = _float.Json.Replace("\"peers\": []", $"\"peers\": [ {peer} ], \"profile\": \"strict\", \"statusIntervalSeconds\": 77", StringComparison.Ordinal);
        var result = ConfigurationLoader.Load(_float.Write(json), new Hashtable(), [], RelaySurveyTests.Read);
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        using var certificate = result.Value.Certificate;
        var findings = await RelaySurvey.RunAsync(result.Value, null, TimeProvider.System, CancellationToken.None);
        var first = Write("one.tar.gz", result, [.. findings]);
        var second = Write("two.tar.gz", result, [.. findings]);
        AssertAbsent(first, "bank-zq7", _float.Address, _float.Other, certificate.Pin.ToString()[7..], "127.0.0.1", "ca.pem", _float.Folder.Path);
        var (one, two) = (Name(first), Name(second));
        Assert.NotEqual(one, two);
        Assert.Contains(JsonDocument.Parse(first["mixmq-support/survey.json"]).RootElement.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("subject").GetString() == one);
        var settings = JsonDocument.Parse(first["mixmq-support/configuration.json"]).RootElement;
        Assert.Equal(("77", "strict"), (settings.GetProperty("statusintervalseconds").GetString(), settings.GetProperty("profile").GetString()));

        static string? Name(Dictionary<string, string> files) => JsonDocument.Parse(files["mixmq-support/configuration.json"]).RootElement.GetProperty("peers:0:name").GetString();
    }

    [Fact]
    public void A_bundle_is_its_owners_alone_and_never_takes_a_files_place()
    {
        var result = ConfigurationLoader.Load(_float.Write("{"), new Hashtable(), [], RelaySurveyTests.Read);
        Write("bundle.tar.gz", result, []);
        var file = _float.Folder.File("bundle.tar.gz");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var before = File.ReadAllBytes(file);
        Assert.Throws<IOException>(() => SupportBundle.Write(file, result, [], [], Now));
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Fact]
    public void Of_a_status_text_and_of_metrics_only_the_programs_own_words_are_taken()
    {
        Directory.CreateDirectory(_float.Folder.File("data"));
        _float.Folder.Write("data/status.txt", $"""
            written      {Now:yyyy-MM-ddTHH:mm:ss}Z
            links        1 of 1 up
              {Mark}                {Mark}      for 1 s, packets
                last refusal: {Mark}
            WARNING: {Mark}

            dropped
              PacketReplayed           7
              {Mark.Replace("7", "", StringComparison.Ordinal)}                8
            """);
        _float.Folder.Write("m.prom", $"# HELP mixmq_x {Mark}\nmixmq_links{{state=\"up\"}} 1\n{Mark} 1\nmixmq_x{{peer=\"{Mark} {Mark}\"}} 1\n");
        var json = _float.Json.Replace("\"peers\": []", "\"peers\": [], \"metrics\": { \"file\": \"m.prom\" }", StringComparison.Ordinal);
        var result = ConfigurationLoader.Load(_float.Write(json), new Hashtable(), [], RelaySurveyTests.Read);
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        using var certificate = result.Value.Certificate;
        var files = Write("bundle.tar.gz", result, []);
        AssertAbsent(files, Mark, Mark.Replace("7", "", StringComparison.Ordinal));
        Assert.Equal("mixmq_links{state=\"up\"} 1\n", files["mixmq-support/metrics.prom"]);
        Assert.Equal(7, JsonDocument.Parse(files["mixmq-support/status.json"]).RootElement.GetProperty("counts").GetProperty("PacketReplayed").GetInt64());
    }

    private Dictionary<string, string> Write(string name, ConfigurationResult<RelayConfiguration> result, System.Collections.Immutable.ImmutableArray<Finding> findings)
    {
        var file = _float.Folder.File(name);
        SupportBundle.Write(file, result, findings, [], Now);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        using var zipped = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var archive = new TarReader(zipped);
        while (archive.GetNextEntry(copyData: true) is { } entry)
        {
            using var text = new StreamReader(entry.DataStream!, Encoding.UTF8);
            files.Add(entry.Name, text.ReadToEnd());
            Assert.Equal(("", ""), (((UstarTarEntry)entry).UserName, ((UstarTarEntry)entry).GroupName));
        }

        return files;
    }

    private static void AssertAbsent(Dictionary<string, string> files, params string[] values) => Assert.All(
        files, file => Assert.All(values, value => Assert.DoesNotContain(value, file.Key + file.Value, StringComparison.OrdinalIgnoreCase)));
}
