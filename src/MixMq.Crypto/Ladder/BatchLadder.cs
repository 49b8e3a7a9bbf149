using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MixMq.Crypto.Ladder;

/// <summary>
/// The Montgomery ladder of RFC 7748 in every lane of a vector, each lane with a scalar and a u coordinate of its own, and one inversion for a
/// whole batch (Montgomery 1987, section 10.3.1).
/// </summary>
/// <remarks>
/// Constant time: what a lane does depends neither on its scalar nor on the other lanes; which half of a step is doubled is selected by masks.
/// A product at infinity comes out as zero, as the RFC has it, without a branch. Nothing is allocated on the GC heap, and the working memory is
/// cleared; what the compiler spilled out of registers isn't. Any number of threads.
/// </remarks>
internal static unsafe class BatchLadder<TVector, TLanes>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector>
{
    /// <summary>Vectors of lanes that share an inversion.</summary>
    public const int MostVectors = 8;

    private const int Limbs = VectorField<TVector, TLanes>.Limbs;
    private const double A24 = 121665; // (486662 − 2) / 4

    // Elements of the working memory of a step, in their order.
    private const int WorkElements = 12;

    /// <summary>Pairs that one call takes at most.</summary>
    public static int MostPairs => MostVectors * TLanes.Count;

    /// <summary>Multiplies each u by its scalar.</summary>
    /// <param name="scalars">32 bytes each, as they are: clamped by the caller where they are to be; bit 255 is ignored.</param>
    /// <param name="us">32 bytes each; bit 255 is ignored, and values from p on count modulo p.</param>
    /// <param name="products">32 bytes each; may be <paramref name="us"/>. All zero where the product is the point at infinity.</param>
    [SkipLocalsInit]
    public static void Multiply(ReadOnlySpan<byte> scalars, ReadOnlySpan<byte> us, Span<byte> products)
    {
        var pairs = us.Length / X25519.KeyBytes;
        var vectors = (pairs + TLanes.Count - 1) / TLanes.Count;
        var lanes = TLanes.Count;
        var elements = WorkElements + (3 * MostVectors);
        var bytes = elements * Limbs * sizeof(TVector);
        var memory = stackalloc byte[bytes + (4 * lanes * sizeof(ulong)) + 64 + 64];
        var aligned = (byte*)(((nuint)memory + 63) & ~(nuint)63);
        var work = (TVector*)aligned;
        var x = work + (WorkElements * Limbs);
        var z = x + (MostVectors * Limbs);
        var prefix = z + (MostVectors * Limbs);
        var words = (ulong*)(aligned + bytes);
        for (var vector = 0; vector < vectors; vector++)
        {
            var first = vector * lanes;
            var here = Math.Min(lanes, pairs - first);
            ReadScalars(scalars.Slice(first * 32, here * 32), words, lanes);
            ReadElements(us.Slice(first * 32, here * 32), work, lanes);
            Climb(work, words, x + (vector * Limbs), z + (vector * Limbs));
        }

        Divide(work, x, z, prefix, vectors);
        for (var vector = 0; vector < vectors; vector++)
        {
            var first = vector * lanes;
            var here = Math.Min(lanes, pairs - first);
            for (var lane = 0; lane < here; lane++)
            {
                LaneCoding.Write((double*)(x + (vector * Limbs)) + lane, lanes, products.Slice((first + lane) * 32, 32));
            }
        }

        CryptographicClear(memory, bytes + (4 * lanes * sizeof(ulong)) + 128);
        DeadStack.Clear();
    }

    // work[0] holds u. RFC 7748, section 5, with both results of a step left where they are and only what is doubled next being selected: the sum of
    // the two points is the same either way round.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Climb(TVector* work, ulong* words, TVector* x, TVector* z)
    {
        var u = work;
        var x2 = work + Limbs;
        var z2 = work + (2 * Limbs);
        var x3 = work + (3 * Limbs);
        var z3 = work + (4 * Limbs);
        var a = work + (5 * Limbs);
        var b = work + (6 * Limbs);
        var c = work + (7 * Limbs);
        var d = work + (8 * Limbs);
        var e = work + (9 * Limbs);
        var f = work + (10 * Limbs);
        var g = work + (11 * Limbs);
        for (var i = 0; i < Limbs; i++)
        {
            x2[i] = z3[i] = TLanes.Create(i == 0 ? 1 : 0);
            z2[i] = TLanes.Create(0);
            x3[i] = u[i];
        }

        // "Doubled" is the point whose multiple is 2k or 2k + 2 of the step before; it stands in (x2, z2), the sum in (x3, z3).
        var a24 = TLanes.Create(A24);
        var before = TLanes.Create(0);
        for (var bit = 254; bit >= 0; bit--)
        {
            var now = TLanes.BitMask(words + (bit >> 6 << LogLanes), bit & 63);
            var swap = TLanes.Exclusive(now, before);
            before = now;
            VectorField<TVector, TLanes>.Add(a, x2, z2);
            VectorField<TVector, TLanes>.Subtract(b, x2, z2);
            VectorField<TVector, TLanes>.Add(c, x3, z3);
            VectorField<TVector, TLanes>.Subtract(d, x3, z3);
            VectorField<TVector, TLanes>.Select(e, swap, a, c);
            VectorField<TVector, TLanes>.Select(f, swap, b, d);

            // In an order in which none needs the one right before it: the processor looks ahead about as far as one multiplication is long.
            VectorField<TVector, TLanes>.Square(e, e);
            VectorField<TVector, TLanes>.Square(f, f);
            VectorField<TVector, TLanes>.Multiply(d, d, a);
            VectorField<TVector, TLanes>.Multiply(c, c, b);
            VectorField<TVector, TLanes>.Subtract(a, e, f);
            VectorField<TVector, TLanes>.MultiplyAdd(b, a, a24, e);
            VectorField<TVector, TLanes>.Multiply(x2, e, f);
            VectorField<TVector, TLanes>.Subtract(g, d, c);
            VectorField<TVector, TLanes>.Square(g, g);
            VectorField<TVector, TLanes>.Multiply(z2, a, b);
            VectorField<TVector, TLanes>.Add(c, d, c);
            VectorField<TVector, TLanes>.Multiply(z3, g, u);
            VectorField<TVector, TLanes>.Square(x3, c);
        }

        // The last bit of a clamped scalar is zero, that of another may be one: then the sum is the result.
        VectorField<TVector, TLanes>.Select(x, before, x2, x3);
        VectorField<TVector, TLanes>.Select(z, before, z2, z3);
    }

    // Which vectors share it is public. Where z is zero, one is put in its place for the products, and the quotient is made zero.
    private static void Divide(TVector* work, TVector* x, TVector* z, TVector* prefix, int vectors)
    {
        for (var vector = 0; vector < vectors; vector++)
        {
            LaneCoding.ReplaceZeros((double*)(z + (vector * Limbs)), (double*)(x + (vector * Limbs)), TLanes.Count);
        }

        Copy(prefix, z);
        for (var vector = 1; vector < vectors; vector++)
        {
            VectorField<TVector, TLanes>.Multiply(prefix + (vector * Limbs), prefix + ((vector - 1) * Limbs), z + (vector * Limbs));
        }

        var inverse = work;
        var own = work + Limbs;
        VectorField<TVector, TLanes>.Invert(inverse, prefix + ((vectors - 1) * Limbs), work + (2 * Limbs));
        for (var vector = vectors - 1; vector > 0; vector--)
        {
            VectorField<TVector, TLanes>.Multiply(own, inverse, prefix + ((vector - 1) * Limbs));
            VectorField<TVector, TLanes>.Multiply(inverse, inverse, z + (vector * Limbs));
            VectorField<TVector, TLanes>.Multiply(x + (vector * Limbs), x + (vector * Limbs), own);
        }

        VectorField<TVector, TLanes>.Multiply(x, x, inverse);
    }

    private static int LogLanes => TLanes.Count == 8 ? 3 : 2;

    private static void ReadScalars(ReadOnlySpan<byte> scalars, ulong* words, int lanes)
    {
        for (var i = 0; i < 4 * lanes; i++)
        {
            words[i] = 0;
        }

        for (var lane = 0; lane < scalars.Length / 32; lane++)
        {
            for (var word = 0; word < 4; word++)
            {
                words[(word * lanes) + lane] = BinaryPrimitives.ReadUInt64LittleEndian(scalars[((lane * 32) + (word * 8))..]);
            }
        }
    }

    private static void ReadElements(ReadOnlySpan<byte> us, TVector* element, int lanes)
    {
        for (var i = 0; i < Limbs; i++)
        {
            element[i] = TLanes.Create(0);
        }

        for (var lane = 0; lane < us.Length / 32; lane++)
        {
            LaneCoding.Read(us.Slice(lane * 32, 32), (double*)element + lane, lanes);
        }
    }

    private static void Copy(TVector* to, TVector* from)
    {
        for (var i = 0; i < Limbs; i++)
        {
            to[i] = from[i];
        }
    }

    private static void CryptographicClear(byte* memory, int length) =>
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(MemoryMarshal.CreateSpan(ref *memory, length));
}
