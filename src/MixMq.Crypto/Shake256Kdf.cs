using System.Security.Cryptography;

namespace MixMq.Crypto;

/// <summary>
/// A key derivation by SHAKE256: the first bytes of <c>SHAKE256(label ‖ part 1 ‖ … ‖ part 4)</c>.
/// </summary>
/// <remarks>
/// Reference: FIPS 202, section 6.2.
/// <list type="table">
/// <listheader><term>value</term><description>bytes</description></listheader>
/// <item><term>label and parts</term><description>together at most <see cref="MaxInputBytes"/>; nothing is put between them, so a
/// protocol gives its parts fixed lengths and ends its labels</description></item>
/// <item><term>output</term><description>any length; the length itself isn't hashed</description></item>
/// </list>
/// Safe for any number of threads, allocates nothing on the GC heap, and clears its copy of the input.
/// </remarks>
public static class Shake256Kdf
{
    /// <summary>The greatest length of label and parts together.</summary>
    public const int MaxInputBytes = 512;

    /// <summary>Derives bytes from a label and up to four parts (leave out what isn't needed).</summary>
    /// <param name="output">Overwritten completely.</param>
    /// <param name="label">Says what the output is for.</param>
    /// <param name="part1">First part.</param>
    /// <param name="part2">Second part.</param>
    /// <param name="part3">Third part.</param>
    /// <param name="part4">Fourth part.</param>
    /// <exception cref="ArgumentException">The input is too long.</exception>
    public static void Derive(
        Span<byte> output,
        ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> part1 = default,
        ReadOnlySpan<byte> part2 = default,
        ReadOnlySpan<byte> part3 = default,
        ReadOnlySpan<byte> part4 = default)
    {
        var length = (long)label.Length + part1.Length + part2.Length + part3.Length + part4.Length;
        if (length > MaxInputBytes)
        {
            throw new ArgumentException("The input of a key derivation is too long.", nameof(label));
        }

        Span<byte> buffer = stackalloc byte[MaxInputBytes];
        var input = buffer[..(int)length];
        label.CopyTo(input);
        var rest = input[label.Length..];
        part1.CopyTo(rest);
        rest = rest[part1.Length..];
        part2.CopyTo(rest);
        rest = rest[part2.Length..];
        part3.CopyTo(rest);
        part4.CopyTo(rest[part3.Length..]);
        Shake256.HashData(input, output);
        CryptographicOperations.ZeroMemory(input);
    }
}
