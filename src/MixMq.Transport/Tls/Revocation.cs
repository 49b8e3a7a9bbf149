using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MixMq.Transport.Files;

namespace MixMq.Transport.Tls;

/// <summary>
/// The revocation lists of one file, and how strictly they are taken. Lists are files alone: a list that is fetched while a handshake waits
/// outlives the handshake as soon as its server can't be reached, and tells that server who connects. Thread-safe.
/// </summary>
public sealed class Revocation
{
    private const int MaxBytes = 32 << 20;
    private const string PemLabel = "X509 CRL";
    private readonly string _file;
    private RevocationList[] _lists;

    private Revocation(RevocationMode mode, string file, RevocationList[] lists)
    {
        Mode = mode;
        _file = file;
        _lists = lists;
    }

    /// <summary>How strictly.</summary>
    public RevocationMode Mode { get; }

    /// <summary>Loads one list in DER, or any number in PEM; false with a sentence for the operator when the file can't be used.</summary>
    public static bool TryLoad(string file, RevocationMode mode, out Revocation? revocation, out string error)
    {
        revocation = TryRead(file, out var lists, out error) ? new Revocation(mode, file, lists) : null;
        return revocation is not null;
    }

    internal Reloadable Reloadable(string peer) => new($"The revocation lists of {peer}", [_file], Take);

    /// <summary>Whether a list is over the time by which its CA promised a newer one.</summary>
    internal bool IsOutdatedAt(DateTimeOffset now) => Volatile.Read(ref _lists).Any(list => list.NextUpdate is null || now > list.NextUpdate);

    /// <summary>Judges a chain that was found good.</summary>
    /// <param name="chain">Leaf first, each followed by its issuer; the last is trusted of itself.</param>
    /// <param name="now">Time at which lists must be valid.</param>
    internal TrustVerdict Judge(IReadOnlyList<X509Certificate2> chain, DateTimeOffset now)
    {
        var lists = Volatile.Read(ref _lists);
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
        if (!TryRead(_file, out var lists, out var error))
        {
            return error;
        }

        Volatile.Write(ref _lists, lists);
        return null;
    }

    private static bool TryRead(string file, out RevocationList[] lists, out string error)
    {
        lists = [];
        error = "";
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (stream.Length > MaxBytes)
            {
                error = $"'{file}' is larger than {MaxBytes >> 20} MiB";
                return false;
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            var found = new List<RevocationList>();
            foreach (var der in Split(content))
            {
                if (!RevocationList.TryParse(der, out var list))
                {
                    error = $"'{file}' holds something else than complete revocation lists of X.509 (PEM '{PemLabel}', or one in DER)";
                    return false;
                }

                found.Add(list!);
            }

            lists = [.. found];
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"'{file}' can't be read; check that it exists and its permissions";
        }

        return error.Length == 0;
    }

    private static IEnumerable<byte[]> Split(byte[] content)
    {
        if (content.Length > 0 && content[0] == 0x30)
        {
            yield return content;
            yield break;
        }

        var text = Encoding.ASCII.GetString(content);
        var any = false;
        for (var at = 0; PemEncoding.TryFind(text.AsSpan(at), out var fields);)
        {
            any = true;
            yield return text.AsSpan(at)[fields.Label].SequenceEqual(PemLabel) ? Convert.FromBase64String(text.AsSpan(at)[fields.Base64Data].ToString()) : [];
            at += fields.Location.End.GetOffset(text.Length - at);
        }

        if (!any)
        {
            yield return [];
        }
    }
}
