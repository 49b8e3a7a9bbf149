using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Tls;

/// <summary>Trust by CAs that issue to others too: the name decides.</summary>
public sealed class RequiredNameTests : IDisposable
{
    private readonly TestCa _ca = new();

    public void Dispose() => _ca.Dispose();

    [Theory]
    [InlineData("float.bank.example", true)]
    [InlineData("FLOAT.Bank.example", true)]
    [InlineData("other.bank.example", true)]
    [InlineData("bank.example", false)]
    [InlineData("x.bank.example", false)]
    [InlineData("*.wild.example", true)]
    [InlineData("a.wild.example", false)]
    [InlineData("common", false)]
    public void A_dns_name_is_one_of_the_alternative_names_as_a_whole(string name, bool expected)
    {
        Assert.True(RequiredDnsName.TryParse(name, out var required));
        using var certificate = _ca.Issue(name: "common", dnsNames: ["float.bank.example", "other.bank.example", "*.wild.example"]);
        Assert.Equal(expected, required.IsIn(certificate));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("bank.example.")]
    [InlineData("a..b")]
    [InlineData("*")]
    [InlineData("a.*.example")]
    [InlineData("-a.example")]
    [InlineData("zürich.example")]
    [InlineData("a b.example")]
    public void What_is_no_dns_name_is_refused(string text) => Assert.False(RequiredDnsName.TryParse(text, out _));

    [Fact]
    public void A_name_of_more_than_253_characters_is_refused() =>
        Assert.False(RequiredDnsName.TryParse(string.Join('.', Enumerable.Repeat("label", 43)), out _));

    [Theory]
    [InlineData("CN=float,O=Bank B,C=DE", true)]
    [InlineData("cn = FLOAT , o = bank  b , c=de", true)]
    [InlineData("2.5.4.3=float,2.5.4.10=Bank B,2.5.4.6=DE", true)]
    [InlineData("C=DE,O=Bank B,CN=float", false)]
    [InlineData("CN=float,O=Bank B", false)]
    [InlineData("CN=float,O=Bank B,C=DE,DC=x", false)]
    [InlineData("CN=float,OU=Bank B,C=DE", false)]
    [InlineData("CN=float,O=Bank C,C=DE", false)]
    [InlineData("CN=flo\\\\at,O=Bank B,C=DE", false)]
    public void A_subject_is_compared_part_by_part(string text, bool expected)
    {
        Assert.True(RequiredSubject.TryParse(text, out var required));
        using var certificate = _ca.Issue(subject: new X500DistinguishedName("CN=float, O=Bank B, C=DE"));
        Assert.Equal(expected, required.IsIn(certificate));
    }

    [Theory]
    [InlineData("O=Müller\\, Söhne & Co.")]
    [InlineData("O=M\\C3\\BCller\\2C S\\C3\\B6hne & Co.")]
    public void Escapes_stand_for_what_they_escape(string text)
    {
        Assert.True(RequiredSubject.TryParse(text, out var required));
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationName("Müller, Söhne & Co.");
        using var certificate = _ca.Issue(subject: name.Build());
        Assert.True(required.IsIn(certificate));
    }

    [Fact]
    public void A_look_alike_is_another_name()
    {
        Assert.True(RequiredSubject.TryParse("O=Bank", out var required));
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationName("B\u0430nk");
        using var certificate = _ca.Issue(subject: name.Build());
        Assert.False(required.IsIn(certificate));
    }

    [Theory]
    [InlineData("")]
    [InlineData("float")]
    [InlineData("CN=")]
    [InlineData("CN=a,")]
    [InlineData("CN=a,,O=b")]
    [InlineData("XY=a")]
    [InlineData("CN=a+O=b")]
    [InlineData("CN=#0c0161")]
    [InlineData("CN=\"a\"")]
    [InlineData("CN=a\\")]
    [InlineData("CN=a\\x")]
    [InlineData("CN=\\FF")]
    [InlineData("1..2=a")]
    public void What_is_no_subject_is_refused(string text) => Assert.False(RequiredSubject.TryParse(text, out _));

    [Fact]
    public void The_systems_CAs_are_trusted_for_the_required_name_alone()
    {
        using var other = new TestCa("other CA");
        Assert.True(RequiredDnsName.TryParse("float.bank.example", out var name));
        var trust = new SystemTrust(_ca.AsSystemStore, name);
        Assert.Equal(TrustVerdict.Trusted, Judge(trust, _ca.Issue(dnsNames: ["float.bank.example"])));
        Assert.Equal(TrustVerdict.OtherName, Judge(trust, _ca.Issue(dnsNames: ["float.bank-c.example"])));
        Assert.Equal(TrustVerdict.OtherName, Judge(trust, _ca.Issue(name: "float.bank.example")));
        Assert.Equal(TrustVerdict.NotIssuedBySystem, Judge(trust, other.Issue(dnsNames: ["float.bank.example"])));
        Assert.Equal(TrustVerdict.Expired, Judge(trust, _ca.Issue(toDay: 5, dnsNames: ["float.bank.example"])));
        Assert.Equal(TrustVerdict.WrongUsage, Judge(trust, _ca.Issue(usage: TestCa.CodeSigning, dnsNames: ["float.bank.example"])));
    }

    [Fact]
    public void A_ca_file_can_be_narrowed_to_a_name()
    {
        Assert.True(RequiredSubject.TryParse("CN=mine", out var name));
        var trust = new CaFileTrust([X509CertificateLoader.LoadCertificate(_ca.Certificate.RawData)], name);
        Assert.Equal(TrustVerdict.Trusted, Judge(trust, _ca.Issue(name: "mine")));
        Assert.Equal(TrustVerdict.OtherName, Judge(trust, _ca.Issue(name: "yours")));
    }

    private static TrustVerdict Judge(TrustPolicy policy, X509Certificate2 certificate)
    {
        using (certificate)
        {
            return policy.Evaluate(certificate, [], DateTimeOffset.UtcNow);
        }
    }
}
