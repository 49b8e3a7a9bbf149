using System.Text.Json.Nodes;
using MixMq.EndToEnd.Tests.Hostile;
using MixMq.Testing;

namespace MixMq.EndToEnd.Tests;

/// <summary>Real floats that trust each other by the system store, which the environment names as it does for OpenSSL.</summary>
[Collection(RigCollection.Name)]
public sealed class SystemTrustTests : IDisposable
{
    private const string Network = "system";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("system-trust-");
    private readonly Member _accepting = new("accepting", FreePorts.One());
    private readonly Member _dialling = new("dialling");
    private readonly Member _elsewhere = new("elsewhere");

    public void Dispose()
    {
        foreach (var member in (Member[])[_accepting, _dialling, _elsewhere])
            member.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Floats_trust_what_SSL_CERT_FILE_holds_and_nothing_else()
    {
        using var accepting = Start(_accepting, [ByStore(_dialling, dial: false), ByStore(_elsewhere, dial: false)], _accepting, _dialling, _elsewhere);
        using var dialling = Start(_dialling, [ByStore(_accepting, dial: true)], _accepting, _dialling);
        using var elsewhere = Start(_elsewhere, [ByStore(_accepting, dial: true)], _elsewhere);
        await accepting.UntilAsync("a link by system trust", status => status.IsSteady("dialling"));
        await dialling.UntilAsync("a link by system trust", status => status.IsSteady("accepting"));
        await elsewhere.UntilAsync("the refusal", status => status.Log.Contains("not issued by a CA of this machine's system store", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_float_reads_its_certificate_again_when_it_is_told_to_and_shows_the_new_one()
    {
        using var accepting = Start(_accepting, [ByStore(_dialling, dial: false)], _accepting, _dialling);
        using var dialling = Start(_dialling, [ByStore(_accepting, dial: true)], _accepting, _dialling);
        await accepting.UntilAsync("a link", status => status.IsSteady("dialling"));
        using var renewed = new Member(_accepting.Name, _accepting.Port);
        renewed.WriteCertificate(Path.Combine(_folder.FullName, _accepting.Name));
        accepting.AskToReload();
        var pin = renewed.AsPeer(dial: false)["trust"]!["pinnedKey"]!.GetValue<string>();

        // The status text and the log come by different ways.
        await accepting.UntilAsync("the new certificate, said too, and the link as before", status =>
            status.Status.Contains($"certificate  {pin}", StringComparison.Ordinal) && status.IsSteady("dialling")
            && status.Log.Contains("The node's certificate: read again, and in use", StringComparison.Ordinal));
    }

    private static JsonObject ByStore(Member member, bool dial)
    {
        var peer = member.AsPeer(dial);
        peer["trust"] = new JsonObject { ["system"] = true, ["subject"] = "CN=" + member.Name };
        return peer;
    }

    private FloatProcess Start(Member member, JsonObject[] peers, params Member[] trusted)
    {
        var folder = Path.Combine(_folder.FullName, member.Name);
        var configuration = member.Install(folder, Network, peers);
        var file = Path.Combine(folder, "system.pem");
        File.WriteAllText(file, string.Concat(trusted.Select(authority => authority.Certificate.ExportCertificatePem() + "\n")));
        return new FloatProcess(configuration, ("SSL_CERT_FILE", file), ("SSL_CERT_DIR", Directory.CreateDirectory(Path.Combine(folder, "empty")).FullName));
    }
}
