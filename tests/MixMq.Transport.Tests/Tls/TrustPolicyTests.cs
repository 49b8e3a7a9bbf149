using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Tls;

public sealed class TrustPolicyTests : IDisposable
{
    private readonly TestCa _ca = new();
    private readonly TestCa _other = new("other CA");

    public void Dispose()
    {
        _ca.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(TestCa.ServerUsage)]
    [InlineData(TestCa.ClientUsage)]
    public void What_the_ca_issued_for_tls_is_trusted_whatever_its_role(string? usage) =>
        Assert.Equal(TrustVerdict.Trusted, Judge(_ca.Trust, _ca.Issue(usage: usage)));

    [Fact]
    public void What_another_ca_issued_is_not() => Assert.Equal(TrustVerdict.NotIssuedByCa, Judge(_ca.Trust, _other.Issue()));

    [Fact]
    public void A_ca_of_the_same_name_is_another_ca()
    {
        using var forger = new TestCa();
        Assert.Equal(TrustVerdict.NotIssuedByCa, Judge(_ca.Trust, forger.Issue()));
    }

    [Fact]
    public void A_self_signed_certificate_is_not_issued_by_the_ca() => Assert.Equal(TrustVerdict.NotIssuedByCa, Judge(_ca.Trust, _other.Certificate));

    [Fact]
    public void Expired_and_not_yet_valid_are_told_apart_from_a_wrong_ca()
    {
        Assert.Equal(TrustVerdict.Expired, Judge(_ca.Trust, _ca.Issue(toDay: 5)));
        Assert.Equal(TrustVerdict.NotYetValid, Judge(_ca.Trust, _ca.Issue(fromDay: 20)));
        Assert.Equal(TrustVerdict.NotIssuedByCa, Judge(_ca.Trust, _other.Issue(toDay: 5)));
    }

    [Fact]
    public void A_certificate_for_something_else_than_tls_is_refused() =>
        Assert.Equal(TrustVerdict.WrongUsage, Judge(_ca.Trust, _ca.Issue(usage: TestCa.CodeSigning)));

    [Fact]
    public void A_pin_trusts_its_key_alone_and_within_its_dates()
    {
        using var certificate = _ca.Issue();
        using var other = _ca.Issue();
        using var expired = _ca.Issue(toDay: 5);
        Assert.Equal(TrustVerdict.Trusted, Judge(new PinnedKeyTrust(CertificatePin.Of(certificate)), certificate));
        Assert.Equal(TrustVerdict.OtherKey, Judge(new PinnedKeyTrust(CertificatePin.Of(certificate)), other));
        Assert.Equal(TrustVerdict.Expired, Judge(new PinnedKeyTrust(CertificatePin.Of(expired)), expired));
    }

    [Fact]
    public void Pins_are_read_as_they_are_written()
    {
        using var certificate = _ca.Issue();
        var pin = CertificatePin.Of(certificate);
        Assert.True(CertificatePin.TryParse(pin.ToString(), out var parsed));
        Assert.Equal(pin, parsed);
        Assert.True(CertificatePin.TryParse(pin.ToString().ToUpperInvariant(), out parsed));
        Assert.Equal(pin, parsed);
        Assert.False(CertificatePin.TryParse(pin.ToString()[..^1], out _));
        Assert.False(CertificatePin.TryParse(pin.ToString().Replace("sha256", "sha1", StringComparison.Ordinal), out _));
    }

    [Fact]
    public void A_chain_over_a_sent_intermediate_is_trusted()
    {
        using var intermediate = _ca.IssueIntermediate();
        using var leaf = intermediate.Issue(toDay: 300);
        using var issued = X509CertificateLoader.LoadCertificate(intermediate.Certificate.RawData);
        Assert.Equal(TrustVerdict.Trusted, _ca.Trust.Evaluate(leaf, [issued], DateTimeOffset.UtcNow));
        Assert.Equal(TrustVerdict.NotIssuedByCa, _ca.Trust.Evaluate(leaf, [], DateTimeOffset.UtcNow));
    }

    private static TrustVerdict Judge(TrustPolicy policy, X509Certificate2 certificate) => policy.Evaluate(certificate, [], DateTimeOffset.UtcNow);
}
