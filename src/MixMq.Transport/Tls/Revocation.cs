using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Files;

namespace MixMq.Transport.Tls;

/// <summary>
/// Revocation lists, and how strictly they are taken. They come from a file or from the inside and are never fetched: a list that is fetched while a handshake waits
/// outlives the handshake as soon as its server can't be reached, and tells that server who connects. Thread-safe.
/// </summary>
public sealed class Revocation
{
    private readonly string? _file;
    private readonly RevocationSet _lists;

    private Revocation(RevocationMode mode, string? file, RevocationSet lists)
    {
        Mode = mode;
        _file = file;
        _lists = lists;
    }

    /// <summary>How strictly.</summary>
    public RevocationMode Mode { get; }

    /// <summary>Whether the lists are those that the inside hands over; there may be none yet.</summary>
    internal bool IsHandedOver => _file is null;

    /// <summary>By lists that the inside hands over, as they are when a certificate is judged.</summary>
    public static Revocation HandedOver(RevocationSet lists, RevocationMode mode) => new(mode, null, lists);

    /// <summary>Loads one list in DER, or any number in PEM; false with a sentence for the operator when the file can't be used.</summary>
    public static bool TryLoad(string file, RevocationMode mode, out Revocation? revocation, out string error)
    {
        revocation = RevocationFile.TryRead(file, out var lists, out error) ? new Revocation(mode, file, new RevocationSet { Current = lists }) : null;
        return revocation is not null;
    }

    internal IEnumerable<Reloadable> Reloadables(string peer) =>
        _file is null ? [] : [new Reloadable($"The revocation lists of {peer}", [_file], Take)];

    /// <summary>Whether a list is over the time by which its CA promised a newer one.</summary>
    internal bool IsOutdatedAt(DateTimeOffset now) => _lists.Current.Any(list => list.NextUpdate is null || now > list.NextUpdate);

    /// <summary>When the first of the lists is over its next update; null: one doesn't say, or there is no list.</summary>
    internal DateTimeOffset? FirstUpdate => _lists.Current is { Length: > 0 } lists && lists.All(list => list.NextUpdate is not null) ? lists.Min(list => list.NextUpdate) : null;

    /// <summary>How many lists there are.</summary>
    internal int Count => _lists.Current.Length;

    /// <summary>Judges a chain that was found good.</summary>
    /// <param name="chain">Leaf first, each followed by its issuer; the last is trusted of itself.</param>
    /// <param name="now">Time at which lists must be valid.</param>
    internal TrustVerdict Judge(IReadOnlyList<X509Certificate2> chain, DateTimeOffset now)
    {
        var lists = _lists.Current;
        var unknown = false;
        for (var i = 0; i + 1 < chain.Count; i++)
        {
            var answers = lists.Select(list => list.Judge(chain[i], chain[i + 1], now)).ToList();
            if (answers.Contains(RevocationAnswer.Revoked))
            {
                return TrustVerdict.Revoked;
            }

            unknown |= !answers.Contains(RevocationAnswer.NotRevoked);
        }

        return unknown && Mode == RevocationMode.Hard ? TrustVerdict.RevocationUnknown : TrustVerdict.Trusted;
    }

    private string? Take()
    {
        if (!RevocationFile.TryRead(_file!, out var lists, out var error))
        {
            return error;
        }

        _lists.Current = lists;
        return null;
    }
}
