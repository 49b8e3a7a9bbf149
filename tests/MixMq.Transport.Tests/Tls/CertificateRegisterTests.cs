using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Tls;

/// <summary>The operator hears of a certificate's end in time, once for each step.</summary>
public sealed class CertificateRegisterTests : IDisposable
{
    private readonly TestCa _ca = new();
    private readonly LocalCertificate _own;
    private readonly StandingTime _time = new();
    private readonly TestLog _log = new();
    private readonly CertificateRegister _register;

    public CertificateRegisterTests()
    {
        _own = _ca.IssueLocal(toDay: 400);
        _time.Now = _own.NotAfter - TimeSpan.FromDays(100);
        _register = new CertificateRegister(new ServedCertificate(_own), ownFiles: null, handed: null, lists: [], _time, _log);
    }

    public void Dispose()
    {
        _own.Dispose();
        _ca.Dispose();
    }

    [Fact]
    public void The_own_certificate_is_warned_of_at_30_7_and_1_days_and_when_it_has_expired()
    {
        var told = new List<double>();
        for (var left = 45.0; left > -3; left -= 0.25)
        {
            _time.Now = _own.NotAfter - TimeSpan.FromDays(left);
            var before = _log.Lines.Length;
            _register.Warn();
            if (_log.Lines.Length > before)
            {
                told.Add(left);
            }
        }

        Assert.Equal([30, 7, 1, 0], told);
        Assert.Collection(
            _log.Lines,
            line => Assert.Contains("within 30 days", line, StringComparison.Ordinal),
            line => Assert.Contains("within 7 days", line, StringComparison.Ordinal),
            line => Assert.Contains("within 1 day,", line, StringComparison.Ordinal),
            line => Assert.Contains("it expired on", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_node_that_starts_late_is_told_the_nearest_step_alone()
    {
        _time.Now = _own.NotAfter - TimeSpan.FromDays(3);
        _register.Warn();
        Assert.Contains("within 7 days", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_peers_certificate_is_warned_of_by_the_peers_name_and_again_when_it_is_another()
    {
        using var first = _ca.IssueLocal();
        using var second = _ca.IssueLocal();
        _register.Seen("bank-b", new SeenCertificate(first.Pin, _time.Now.AddDays(6)));
        _register.Seen("bank-b", new SeenCertificate(first.Pin, _time.Now.AddDays(6)));
        Assert.Contains("The certificate of bank-b: it expires within 7 days", Assert.Single(_log.Lines), StringComparison.Ordinal);
        _register.Seen("bank-b", new SeenCertificate(second.Pin, _time.Now.AddDays(5)));
        Assert.Equal(2, _log.Lines.Length);
        _register.Seen("bank-b", new SeenCertificate(second.Pin, _time.Now.AddDays(300)));
        Assert.Equal(2, _log.Lines.Length);
        Assert.Equal([null, "bank-b"], _register.Reports.Select(report => report.Peer));
        Assert.All(_register.Reports, report => Assert.Equal("", report.Warning));
    }

    [Fact]
    public void An_intermediate_that_ends_before_the_certificate_counts()
    {
        using var intermediate = _ca.IssueIntermediate(toDay: 40);
        using var own = new LocalCertificate(intermediate.Issue(toDay: 39), [intermediate.Certificate]);
        using var longer = new LocalCertificate(_ca.Issue(), []);
        Assert.Equal(own.NotAfter, own.UsableUntil);
        Assert.Equal(longer.NotAfter, longer.UsableUntil);
        using var shortLived = _ca.IssueIntermediate(toDay: 30);
        using var outlived = shortLived.IssueBeyond(toDay: 400);
        using var sent = new LocalCertificate(outlived, [shortLived.Certificate]);
        Assert.True(sent.UsableUntil < sent.NotAfter);
    }

    private sealed class StandingTime : TimeProvider
    {
        internal DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
