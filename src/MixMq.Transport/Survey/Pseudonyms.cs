using System.Security.Cryptography;
using System.Text;

namespace MixMq.Transport.Survey;

/// <summary>
/// Names in place of values: equal values have equal names within one bundle. They follow from a key that is drawn for it and then destroyed, so that nobody
/// can try values until one fits, as hashes alone would let him, and two bundles have nothing in common.
/// </summary>
internal sealed class Pseudonyms : IDisposable
{
    private const int Chars = 12;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    /// <summary>The name of a value; letter case of the value doesn't matter, as it doesn't in peers' names.</summary>
    internal string Of(string value) =>
        value.Length == 0 ? "" : "x-" + Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(value.ToLowerInvariant())))[..Chars];

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);
}
