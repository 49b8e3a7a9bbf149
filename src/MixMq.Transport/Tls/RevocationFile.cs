using System.Security.Cryptography;
using System.Text;

namespace MixMq.Transport.Tls;

/// <summary>Reads revocation lists from a file: any number in PEM, or one in DER.</summary>
internal static class RevocationFile
{
    private const int MaxBytes = 32 << 20;
    private const string PemLabel = "X509 CRL";

    /// <summary>False with a sentence for the operator when the file can't be used.</summary>
    internal static bool TryRead(string file, out RevocationList[] lists, out string error)
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
            return false;
        }
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
