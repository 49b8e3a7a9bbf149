using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using MixMq.Overlay.Links;
using MixMq.Transport.Handover;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Handover;

/// <summary>What is inside the messages that are handed over: what goes in comes out, and damage is refused.</summary>
public sealed class HandoverMessageTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly TestFolder _folder = new();
    private readonly TestCa _root = new();
    private readonly TestCa _intermediate;

    public HandoverMessageTests() => _intermediate = _root.IssueIntermediate();

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Fact]
    [Trait("Spec", "LNK-34")]
    public void A_certificate_arrives_with_key_and_intermediates()
    {
        using var sent = new LocalCertificate(_intermediate.Issue(toDay: 300), [_intermediate.Certificate]);
        var message = Bytes(sent);
        Assert.Equal(2, message[0]);
        Assert.True(CertificateMessage.TryRead(message, out var came, out var error), error);
        using (came)
        {
            Assert.Equal(sent.Hash.ToArray(), came.Hash.ToArray());
            Assert.Equal(sent.Sent.Select(item => item.Thumbprint), came.Sent.Select(item => item.Thumbprint));
            using var before = sent.Sent[0].GetECDsaPrivateKey()!;
            using var after = came.Sent[0].GetECDsaPrivateKey()!;
            Assert.Equal(before.ExportPkcs8PrivateKey(), after.ExportPkcs8PrivateKey());
        }
    }

    [Fact]
    public void A_certificate_with_an_rsa_key_out_of_a_pkcs12_file_arrives()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(90));
        var bundle = _folder.WriteBytes("node.p12", certificate.Export(X509ContentType.Pkcs12, "secret"));
        using var sent = LocalCertificate.LoadPkcs12(bundle, _folder.Write("password", "secret\n"));
        Assert.True(CertificateMessage.TryRead(Bytes(sent), out var came, out var error), error);
        using (came)
        {
            using var after = came.Sent[0].GetRSAPrivateKey()!;
            Assert.Equal(key.ExportPkcs8PrivateKey(), after.ExportPkcs8PrivateKey());
        }
    }

    [Fact]
    [Trait("Spec", "LNK-34")]
    public void The_key_of_another_certificate_is_refused()
    {
        using var one = new LocalCertificate(_root.Issue(), []);
        using var other = new LocalCertificate(_root.Issue(), []);
        var (first, second) = (Bytes(one), Bytes(other));
        byte[] mixed = [.. first.AsSpan(0, KeyAt(first)), .. second.AsSpan(KeyAt(second))];
        Assert.False(CertificateMessage.TryRead(mixed, out _, out _));
        Assert.True(CertificateMessage.TryRead([.. first.AsSpan(0, KeyAt(first)), .. first.AsSpan(KeyAt(first))], out var same, out _));
        same.Dispose();

        static int KeyAt(byte[] message) => 1 + 2 + BitConverter.ToUInt16(message, 1);
    }

    [Fact]
    [Trait("Spec", "LNK-34")]
    public void No_damage_to_a_certificate_message_is_worse_than_a_refusal()
    {
        using var sent = new LocalCertificate(_root.Issue(), []);
        var good = Bytes(sent);
        var damage = from at in Gen.Choose(0, good.Length - 1) from to in Gen.Choose(0, 255) from cut in Gen.Choose(0, 3) select (at, to, cut);
        Prop.ForAll(damage.ToArbitrary(), with =>
        {
            var bytes = good.ToArray();
            bytes[with.at] = (byte)with.to;
            if (CertificateMessage.TryRead(with.cut == 0 ? bytes.AsSpan(0, with.at) : bytes, out var came, out var error))
            {
                came.Dispose();
                return true;
            }

            return error.Length > 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20261121, 3));
        Assert.False(CertificateMessage.TryRead([.. good, 0], out _, out _));
    }

    [Theory]
    [Trait("Spec", "LNK-34")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Lists_arrive_as_they_were(int count)
    {
        var lists = Enumerable.Range(0, count).Select(_ => _root.RevocationList([])).ToArray();
        byte[] message = [.. lists.SelectMany(list => (byte[])[.. BitConverter.GetBytes(list.Length), .. list])];
        var parsed = ListsMessage.Parse(message);
        Assert.Equal(lists, parsed!.Select(list => list.Encoded.ToArray()));
        if (count > 0)
        {
            var file = _folder.Write("lists.pem", string.Concat(lists.Select(list => PemEncoding.WriteString("X509 CRL", list) + "\n")));
            Assert.True(ListsMessage.TryRead(file, out var written, out var error), error);
            Assert.Equal(message, written.Content.ToArray());
            Assert.Null(ListsMessage.Parse(message.AsMemory(0, message.Length - 1)));
            Assert.Null(ListsMessage.Parse((byte[])[.. message, 1]));
            Assert.Null(ListsMessage.Parse((byte[])[0xff, 0xff, 0xff, 0xff, .. message]));
        }
    }

    [Fact]
    public void Lists_beyond_what_can_be_handed_over_are_refused_where_they_are_read()
    {
        var list = _root.RevocationList([]);
        var pem = PemEncoding.WriteString("X509 CRL", list) + "\n";
        var most = LinkProtocol.HandedListsBytes / (4 + list.Length);
        Assert.True(ListsMessage.TryRead(_folder.Write("most.pem", string.Concat(Enumerable.Repeat(pem, most))), out _, out var error), error);
        Assert.False(ListsMessage.TryRead(_folder.Write("more.pem", string.Concat(Enumerable.Repeat(pem, most + 1))), out _, out error));
        Assert.Contains("more than the 4 MiB", error, StringComparison.Ordinal);
    }

    private static byte[] Bytes(LocalCertificate certificate)
    {
        Assert.True(CertificateMessage.TryWrite(certificate, out var message, out var error), error);
        using (message)
        {
            Assert.Equal(HandoverKind.Certificate, message.Kind);
            return message.Content.ToArray();
        }
    }
}
