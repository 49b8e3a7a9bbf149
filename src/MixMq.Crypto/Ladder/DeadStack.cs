using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace MixMq.Crypto.Ladder;

/// <summary>
/// Clears what calls that have returned left on the stack: copies of field elements that are passed by value, and what the compiler spilled out of
/// registers, neither of which has a name that could be cleared.
/// </summary>
internal static class DeadStack
{
    // A ladder's calls go three deep, and none of their frames is larger than a few hundred bytes but those with a whole step in them.
    private const int Bytes = 8 * 1024;

    /// <summary>Called by whose callees held secrets, as the last thing before it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public static void Clear()
    {
        Span<byte> below = stackalloc byte[Bytes];
        CryptographicOperations.ZeroMemory(below);
    }
}
