using System.Runtime.InteropServices;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Hash codes of 32 bytes that peers may have chosen, under this process's random keys, so that nobody can make ones that collide: two products of
/// keyed halves (the NH of UMAC: Black, Halevi, Krawczyk, Krovetz and Rogaway 1999), folded. <see cref="HashCode"/> takes six times as long, and each
/// record that comes is looked up some thirty times.
/// </summary>
internal static class TableCode
{
    private static readonly ulong FirstKey = Key("first");
    private static readonly ulong SecondKey = Key("second");
    private static readonly ulong ThirdKey = Key("third");
    private static readonly ulong FourthKey = Key("fourth");

    /// <summary>The code of an address or a hash.</summary>
    /// <typeparam name="T">A value of 32 bytes that holds no references.</typeparam>
    public static int Of<T>(in T value)
        where T : unmanaged
    {
        var words = MemoryMarshal.Cast<T, ulong>(new ReadOnlySpan<T>(in value));
        return Of(words[0], words[1], words[2], words[3]);
    }

    private static int Of(ulong first, ulong second, ulong third, ulong fourth)
    {
        var highA = Math.BigMul(first + FirstKey, second + SecondKey, out ulong lowA);
        var highB = Math.BigMul(third + ThirdKey, fourth + FourthKey, out ulong lowB);
        var mixed = (highA ^ lowB) + (lowA ^ highB);
        return (int)(mixed ^ (mixed >> 32));
    }

    // The runtime's own keys, by which it hashes text, are random and 64 bits: eight codes under them.
    private static ulong Key(string name) =>
        ((ulong)(uint)$"{nameof(TableCode)} {name}, high".GetHashCode(StringComparison.Ordinal) << 32)
        | (uint)$"{nameof(TableCode)} {name}, low".GetHashCode(StringComparison.Ordinal);
}
