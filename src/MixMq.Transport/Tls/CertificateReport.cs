using System.Globalization;

namespace MixMq.Transport.Tls;

/// <summary>What the operator is told of one certificate.</summary>
/// <param name="Peer">Configured name of the peer that showed it on its last link; null: the node's own.</param>
/// <param name="Pin">Pin of its key.</param>
/// <param name="NotAfter">End of its validity; of the node's own, the first end among it and the intermediates sent with it.</param>
/// <param name="Notice">How near the end is.</param>
/// <param name="Problem">What else is wrong with it, as a sentence: renewed files that weren't taken, a revocation list that is outdated; or null.</param>
public sealed record CertificateReport(string? Peer, CertificatePin Pin, DateTimeOffset NotAfter, ExpiryNotice Notice, string? Problem)
{
    private static readonly (ExpiryNotice Notice, TimeSpan Left)[] Steps =
        [(ExpiryNotice.Expired, TimeSpan.Zero), (ExpiryNotice.Day, TimeSpan.FromDays(1)), (ExpiryNotice.Week, TimeSpan.FromDays(7)), (ExpiryNotice.Month, TimeSpan.FromDays(30))];

    /// <summary>A sentence when the operator should do something, else empty.</summary>
    public string Warning => string.Join("; ", new[] { NearEnd, Problem ?? "" }.Where(part => part.Length > 0));

    private string NearEnd => Notice switch
    {
        ExpiryNotice.None => "",
        ExpiryNotice.Expired => string.Create(CultureInfo.InvariantCulture, $"it expired on {NotAfter.UtcDateTime:yyyy-MM-dd}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"it expires within {DaysOf(Notice)} day{(Notice == ExpiryNotice.Day ? "" : "s")}, on {NotAfter.UtcDateTime:yyyy-MM-dd}"),
    };

    internal static ExpiryNotice NoticeAt(DateTimeOffset notAfter, DateTimeOffset now) =>
        Array.Find(Steps, step => notAfter - now <= step.Left).Notice;

    private static double DaysOf(ExpiryNotice notice) => Array.Find(Steps, step => step.Notice == notice).Left.TotalDays;
}
