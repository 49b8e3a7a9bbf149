using System.Runtime.CompilerServices;

namespace MixMq.Crypto;

/// <summary>Checks of fixed lengths; a wrong one is the caller's bug, whatever a peer sent.</summary>
internal static class Lengths
{
    internal static void Require(ReadOnlySpan<byte> bytes, int length, [CallerArgumentExpression(nameof(bytes))] string? name = null)
    {
        if (bytes.Length != length)
        {
            throw new ArgumentException($"There must be {length} bytes, not {bytes.Length}.", name);
        }
    }
}
