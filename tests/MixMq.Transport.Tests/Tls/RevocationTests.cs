using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Tls;

/// <summary>Revocation lists from files: what they say, how strictly they are taken, and that nothing is fetched.</summary>
public sealed class RevocationTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly TestFolder _folder = new();
    private readonly TestCa _root = new();
    private readonly TestCa _intermediate;

    public RevocationTests() => _intermediate = _root.IssueIntermediate();

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(RevocationMode.Soft)]
    [InlineData(RevocationMode.Hard)]
    public void A_certificate_that_its_ca_revoked_is_refused_and_another_is_not(RevocationMode mode)
    {
        using var good = _root.Issue();
        using var revoked = _root.Issue();
        var trust = Trust(mode, Pem(_root.RevocationList([revoked])));
        Assert.Equal(TrustVerdict.Trusted, trust.Evaluate(good, [], Now));
        Assert.Equal(TrustVerdict.Revoked, trust.Evaluate(revoked, [], Now));
    }

    [Fact]
    public void A_list_of_another_ca_of_the_same_name_says_nothing()
    {
        using var impostor = new TestCa();
        using var leaf = _root.Issue();
        var forged = Pem(impostor.RevocationList([leaf]));
        Assert.Equal(TrustVerdict.Trusted, Trust(RevocationMode.Soft, forged).Evaluate(leaf, [], Now));
        Assert.Equal(TrustVerdict.RevocationUnknown, Trust(RevocationMode.Hard, forged).Evaluate(leaf, [], Now));
    }

    [Fact]
    public void An_outdated_list_clears_nobody_and_still_names_whom_it_named()
    {
        using var good = _root.Issue();
        using var revoked = _root.Issue();
        var list = Pem(_root.RevocationList([revoked], until: Now.AddHours(-1)));
        Assert.Equal(TrustVerdict.Trusted, Trust(RevocationMode.Soft, list).Evaluate(good, [], Now));
        Assert.Equal(TrustVerdict.RevocationUnknown, Trust(RevocationMode.Hard, list).Evaluate(good, [], Now));
        Assert.Equal(TrustVerdict.Revoked, Trust(RevocationMode.Soft, list).Evaluate(revoked, [], Now));
    }

    [Fact]
    public void A_list_from_the_future_clears_nobody()
    {
        using var good = _root.Issue();
        var list = Pem(_root.RevocationList([], from: Now.AddHours(1)));
        Assert.Equal(TrustVerdict.RevocationUnknown, Trust(RevocationMode.Hard, list).Evaluate(good, [], Now));
    }

    [Fact]
    public void Every_ca_of_the_chain_is_asked()
    {
        using var leaf = _intermediate.Issue(toDay: 300);
        X509Certificate2Collection sent = [_intermediate.Certificate];
        var ofRoot = _root.RevocationList([]);
        var ofIntermediate = _intermediate.RevocationList([]);
        Assert.Equal(TrustVerdict.Trusted, Trust(RevocationMode.Hard, Pem(ofRoot, ofIntermediate)).Evaluate(leaf, sent, Now));
        Assert.Equal(TrustVerdict.RevocationUnknown, Trust(RevocationMode.Hard, Pem(ofRoot)).Evaluate(leaf, sent, Now));
        Assert.Equal(TrustVerdict.RevocationUnknown, Trust(RevocationMode.Hard, Pem(ofIntermediate)).Evaluate(leaf, sent, Now));
        var withoutIntermediate = Pem(_root.RevocationList([_intermediate.Certificate]), ofIntermediate);
        Assert.Equal(TrustVerdict.Revoked, Trust(RevocationMode.Soft, withoutIntermediate).Evaluate(leaf, sent, Now));
    }

    [Fact]
    public void A_list_of_one_distribution_point_clears_the_certificates_of_that_point_alone()
    {
        const string Point = "http://crl.example/1";
        using var here = _root.Issue(crlPoint: Point);
        using var elsewhere = _root.Issue(crlPoint: "http://crl.example/2");
        using var nowhere = _root.Issue();
        var trust = Trust(RevocationMode.Hard, Pem(_root.RevocationList([], point: Point)));
        Assert.Equal(TrustVerdict.Trusted, trust.Evaluate(here, [], Now));
        Assert.Equal(TrustVerdict.RevocationUnknown, trust.Evaluate(elsewhere, [], Now));
        Assert.Equal(TrustVerdict.RevocationUnknown, trust.Evaluate(nowhere, [], Now));
    }

    [Fact]
    public void What_is_no_complete_list_is_refused_with_a_sentence()
    {
        foreach (var content in (string[])["", "nothing", _root.Pem, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"])
        {
            Assert.False(Revocation.TryLoad(_folder.Write("list.pem", content), RevocationMode.Hard, out _, out var error));
            Assert.Contains("something else than complete revocation lists", error, StringComparison.Ordinal);
        }

        Assert.False(Revocation.TryLoad(_folder.File("none.pem"), RevocationMode.Hard, out _, out var missing));
        Assert.Contains("can't be read", missing, StringComparison.Ordinal);
    }

    [Fact]
    public void Der_serves_as_well_as_pem()
    {
        using var revoked = _root.Issue();
        var file = _folder.WriteBytes("list.crl", _root.RevocationList([revoked]));
        Assert.True(Revocation.TryLoad(file, RevocationMode.Soft, out var revocation, out var error), error);
        Assert.Equal(TrustVerdict.Revoked, new CaFileTrust([_root.Certificate], null, revocation).Evaluate(revoked, [], Now));
    }

    [Fact]
    public void No_damage_to_a_list_clears_a_certificate_or_is_worse_than_an_answer()
    {
        using var leaf = _root.Issue();
        var good = _root.RevocationList([]);
        var damage = from at in Gen.Choose(0, good.Length - 1) from bit in Gen.Choose(0, 7) from cut in Gen.Choose(0, 9) select (at, bit, cut);
        Prop.ForAll(damage.ToArbitrary(), with =>
        {
            var bytes = good.ToArray();
            bytes[with.at] ^= (byte)(1 << with.bit);
            var input = with.cut == 0 ? bytes.AsMemory(0, with.at) : bytes;
            return !RevocationList.TryParse(input, out var list) || list!.Judge(leaf, _root.Certificate, Now) != RevocationAnswer.NotRevoked;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261121, 1));
    }

    [OpenSslFact]
    public async Task A_list_that_openssl_made_is_understood()
    {
        using var revoked = _root.Issue();
        using var good = _root.Issue();
        _folder.Write("index.txt", $"R\t350101000000Z\t250101000000Z,keyCompromise\t{revoked.SerialNumber}\tunknown\t/CN=node\n");
        _folder.Write("crlnumber", "01\n");
        _folder.Write("ca.pem", _root.Pem);
        _folder.Write("ca.key", _root.KeyPem);
        _folder.Write(
            "ca.cnf",
            $"[ca]\ndefault_ca=d\n[d]\ndatabase={_folder.File("index.txt")}\ncrlnumber={_folder.File("crlnumber")}\ndefault_md=sha384\ndefault_crl_days=7\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid:always,issuer:always\n");
        await OpenSsl.RunAsync(
            "ca", "-config", _folder.File("ca.cnf"), "-gencrl", "-cert", _folder.File("ca.pem"), "-keyfile", _folder.File("ca.key"), "-out", _folder.File("list.pem"));
        Assert.True(Revocation.TryLoad(_folder.File("list.pem"), RevocationMode.Hard, out var revocation, out var error), error);
        var trust = new CaFileTrust([_root.Certificate], null, revocation);
        Assert.Equal(TrustVerdict.Revoked, trust.Evaluate(revoked, [], DateTimeOffset.UtcNow));
        Assert.Equal(TrustVerdict.Trusted, trust.Evaluate(good, [], DateTimeOffset.UtcNow.AddSeconds(2)));
    }

    [Fact]
    public async Task A_node_comes_up_at_once_where_the_list_server_never_answers_and_never_asks_it()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen();
        await using var left = new TestNode("left") { Certificate = new LocalCertificate(_root.Issue(crlPoint: $"http://{server.LocalEndPoint}/list.crl"), []) };
        await using var right = new TestNode("right") { Certificate = new LocalCertificate(_root.Issue(crlPoint: $"http://{server.LocalEndPoint}/list.crl"), []) };
        var file = Pem(_root.RevocationList([]));
        await right.Knows(left, accept: true, trust: Trust(RevocationMode.Hard, file)).StartAsync();
        await left.Knows(right, dial: true, trust: Trust(RevocationMode.Hard, file)).StartAsync();
        await Task.WhenAll(left.UpAsync(right), right.UpAsync(left));
        Assert.False(server.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task A_newer_list_decides_about_the_next_handshake_and_the_reason_is_named()
    {
        using var certificate = _root.Issue();
        await using var dialling = new TestNode("dialling") { Certificate = new LocalCertificate(certificate, []) };
        await using var accepting = new TestNode("accepting");
        var file = Pem(_root.RevocationList([], until: Now.AddHours(-1)));
        await accepting.Knows(dialling, accept: true, trust: Trust(RevocationMode.Hard, file)).StartAsync();
        Assert.Contains("over its next update", await accepting.Log.WaitForAsync("The trust of dialling"), StringComparison.Ordinal);
        await dialling.Knows(accepting, dial: true).StartAsync();
        Assert.Contains("no valid revocation list", await accepting.Log.WaitForAsync("Connection from dialling was turned away"), StringComparison.Ordinal);

        Replace(file, _root.RevocationList([]));
        await accepting.Log.WaitForAsync("The revocation lists of dialling: read again, and in use");
        await accepting.UpAsync(dialling);

        Replace(file, _root.RevocationList([certificate]));
        var lines = accepting.Log.Lines.Length;
        await accepting.Log.WaitForAsync("The revocation lists of dialling: read again, and in use", lines);
        await dialling.StopAsync();
        await dialling.StartAsync();
        Assert.Contains("has been revoked by its CA", await accepting.Log.WaitForAsync("Connection from dialling was turned away", lines), StringComparison.Ordinal);
    }

    private static string PemOf(byte[] list) => PemEncoding.WriteString("X509 CRL", list) + "\n";

    private static void Replace(string file, byte[] list)
    {
        File.WriteAllText(file + ".new", PemOf(list));
        File.Move(file + ".new", file, overwrite: true);
    }

    private string Pem(params byte[][] lists) => _folder.Write($"{Guid.NewGuid():N}.pem", string.Concat(lists.Select(PemOf)));

    private CaFileTrust Trust(RevocationMode mode, string file)
    {
        Assert.True(Revocation.TryLoad(file, mode, out var revocation, out var error), error);
        return new CaFileTrust([X509CertificateLoader.LoadCertificate(_root.Certificate.RawData)], name: null, revocation);
    }
}
