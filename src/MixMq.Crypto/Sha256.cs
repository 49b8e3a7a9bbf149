using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>
/// SHA-256 of short public data that is hashed often: records, the buckets that hold them, links' ranks.
/// </summary>
/// <remarks>
/// Reference: FIPS 180-4, section 6.2. The same function as <see cref="System.Security.Cryptography.SHA256"/>, whose one-shot makes a context on the
/// C heap and clears the thread's error queue at each call: for a few hundred bytes that takes longer than the hash itself.
/// <list type="table">
/// <listheader><term>value</term><description>bytes</description></listheader>
/// <item><term>input</term><description>any length</description></item>
/// <item><term>output</term><description>32</description></item>
/// </list>
/// Safe for any number of threads; allocates nothing.
/// </remarks>
public static unsafe class Sha256
{
    /// <summary>Length of a hash.</summary>
    public const int HashBytes = 32;

    // SHA256_CTX of openssl/sha.h: eight words of state, two of length, sixteen of data, two counts.
    private const int ContextWords = 8 + 2 + 16 + 2;

    /// <summary>No call into the library is longer than this takes, since the collector has to wait for each.</summary>
    private const int MostAtOnce = 2048;

    /// <summary>Hashes bytes.</summary>
    /// <param name="data">Any length. Nothing secret: what is left of it on the stack isn't cleared in all places.</param>
    /// <param name="hash">Exactly 32 bytes, overwritten.</param>
    /// <exception cref="ArgumentException"><paramref name="hash"/> has another length.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Lengths.Require(hash, HashBytes);
        var context = stackalloc uint[ContextWords];
        var done = LibCrypto.Sha256Init(context);
        fixed (byte* input = data, output = hash)
        {
            for (var at = 0; at < data.Length; at += MostAtOnce)
            {
                done &= LibCrypto.Sha256Update(context, input + at, (nuint)Math.Min(MostAtOnce, data.Length - at));
            }

            done &= LibCrypto.Sha256Final(output, context);
        }

        if (done != 1)
        {
            throw new InvalidOperationException("The library refuses SHA-256.");
        }
    }
}
