using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace MixMq.Crypto.Ladder;

/// <summary>
/// The Montgomery ladder of RFC 7748 with the multiplications of one step side by side, four lanes to a ladder: what a few pairs take, which would
/// leave the vectors of <see cref="BatchLadder{TVector,TLanes}"/> mostly empty.
/// </summary>
/// <remarks>
/// After Nath, Sarkar, "Efficient 4-way vectorizations of the Montgomery ladder" (2020): three rounds of multiplications a step. Constant time and
/// cleared as the batch ladder is. Any number of threads.
/// </remarks>
internal static unsafe class NarrowLadder<TVector, TLanes>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector>
{
    private const int Limbs = VectorField<TVector, TLanes>.Limbs;
    private const int LanesOfOne = 4;
    private const int WordsOfOne = 4;
    private const double A24 = 121665;

    // Elements of the working memory: seven of a step, and what the inversion takes.
    private const int WorkElements = 7;

    // Single vectors after them.
    private const int Constants = 4;

    /// <summary>Pairs that one call takes at most.</summary>
    public static int MostPairs => TLanes.Count / LanesOfOne;

    /// <summary>Multiplies each u by its scalar; what is said of <see cref="BatchLadder{TVector,TLanes}.Multiply"/> holds here.</summary>
    /// <param name="scalars">32 bytes each.</param>
    /// <param name="us">32 bytes each.</param>
    /// <param name="products">32 bytes each; may be <paramref name="us"/>.</param>
    [SkipLocalsInit]
    public static void Multiply(ReadOnlySpan<byte> scalars, ReadOnlySpan<byte> us, Span<byte> products)
    {
        var pairs = us.Length / X25519.KeyBytes;
        var bytes = ((WorkElements * Limbs) + Constants) * sizeof(TVector);
        var wordBytes = WordsOfOne * TLanes.Count * sizeof(ulong);
        var length = bytes + wordBytes + 64;
        var memory = stackalloc byte[length];
        var work = (TVector*)(((nuint)memory + 63) & ~(nuint)63);
        var words = (ulong*)((byte*)work + bytes);
        new Span<byte>(work, bytes + wordBytes).Clear();
        Prepare(scalars, us, pairs, work, words);
        Climb(work, words);
        Divide(work);
        for (var pair = 0; pair < pairs; pair++)
        {
            LaneCoding.Write((double*)work + (pair * LanesOfOne), TLanes.Count, products.Slice(pair * 32, 32));
        }

        CryptographicOperations.ZeroMemory(new Span<byte>(memory, length));
        DeadStack.Clear();
    }

    // The point (x2, z2, x3, z3) = (1, 0, u, 1), the factor (1, 1, 1, u), and the scalar's words in all four lanes of a ladder.
    private static void Prepare(ReadOnlySpan<byte> scalars, ReadOnlySpan<byte> us, int pairs, TVector* work, ulong* words)
    {
        var point = (double*)work;
        var factor = (double*)(work + Limbs);
        var constants = (double*)(work + (WorkElements * Limbs));
        for (var lane = 0; lane < TLanes.Count; lane++)
        {
            var (pair, place) = (lane / LanesOfOne, lane % LanesOfOne);
            point[lane] = place is 0 or 3 ? 1 : 0;
            factor[lane] = place == 3 ? 0 : 1;
            constants[lane] = place is 1 or 3 ? -1 : 1;
            constants[TLanes.Count + lane] = place == 1 ? A24 : 0;
            constants[(2 * TLanes.Count) + lane] = place == 0 ? BitConverter.UInt64BitsToDouble(ulong.MaxValue) : 0;
            constants[(3 * TLanes.Count) + lane] = place < 2 ? BitConverter.UInt64BitsToDouble(ulong.MaxValue) : 0;
            for (var word = 0; pair < pairs && word < WordsOfOne; word++)
            {
                words[(word * TLanes.Count) + lane] = BinaryPrimitives.ReadUInt64LittleEndian(scalars[((pair * 32) + (word * 8))..]);
            }
        }

        for (var pair = 0; pair < pairs; pair++)
        {
            LaneCoding.Read(us.Slice(pair * 32, 32), point + (pair * LanesOfOne) + 2, TLanes.Count);
            LaneCoding.Read(us.Slice(pair * 32, 32), factor + (pair * LanesOfOne) + 3, TLanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Climb(TVector* work, ulong* words)
    {
        var point = work;
        var factor = work + Limbs;
        var sums = work + (2 * Limbs);
        var left = work + (3 * Limbs);
        var right = work + (4 * Limbs);
        var signs = work[WorkElements * Limbs];
        var a24 = work[(WorkElements * Limbs) + 1];
        var firstLane = work[(WorkElements * Limbs) + 2];
        var firstTwo = work[(WorkElements * Limbs) + 3];
        var log = TLanes.Count == 8 ? 3 : 2;
        var before = TLanes.Create(0);
        for (var bit = 254; bit >= 0; bit--)
        {
            var now = TLanes.BitMask(words + (bit >> 6 << log), bit & 63);
            Swap(point, TLanes.Exclusive(now, before));
            before = now;

            // (a, b, c, d) of the RFC; then (a², b², d·a, c·b).
            Hadamard(sums, point, signs);
            for (var i = 0; i < Limbs; i++)
            {
                left[i] = TLanes.Permute(sums[i], 0b10_11_01_00);
                right[i] = TLanes.Permute(sums[i], 0b01_00_01_00);
            }

            VectorField<TVector, TLanes>.Multiply(left, left, right);

            // (aa, e, da + cb, da − cb) by (bb, aa + a24·e, da + cb, da − cb).
            Hadamard(sums, left, signs);
            for (var i = 0; i < Limbs; i++)
            {
                right[i] = TLanes.Select(firstTwo, sums[i], TLanes.Permute(left[i], 0b11_10_00_01));
                left[i] = TLanes.Select(firstLane, sums[i], left[i]);
            }

            VectorField<TVector, TLanes>.MultiplyAdd(right, sums, a24, right);
            VectorField<TVector, TLanes>.Multiply(left, left, right);
            VectorField<TVector, TLanes>.Multiply(point, left, factor);
        }

        Swap(point, before);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Swap(TVector* point, TVector mask)
    {
        for (var i = 0; i < Limbs; i++)
        {
            point[i] = TLanes.Select(mask, point[i], TLanes.Permute(point[i], 0b01_00_11_10));
        }
    }

    // (p + q, p − q, r + s, r − s) of (p, q, r, s).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Hadamard(TVector* to, TVector* from, TVector signs)
    {
        for (var i = 0; i < Limbs; i++)
        {
            to[i] = TLanes.MultiplyAdd(TLanes.Permute(from[i], 0b11_11_01_01), signs, TLanes.Permute(from[i], 0b10_10_00_00));
        }
    }

    // Leaves the quotient in each ladder's first lane.
    private static void Divide(TVector* work)
    {
        var x = work;
        var z = work + Limbs;
        for (var i = 0; i < Limbs; i++)
        {
            z[i] = TLanes.Permute(x[i], 0b01_01_01_01);
        }

        LaneCoding.ReplaceZeros((double*)z, (double*)x, TLanes.Count);
        VectorField<TVector, TLanes>.Invert(work + (2 * Limbs), z, work + (3 * Limbs));
        VectorField<TVector, TLanes>.Multiply(x, x, work + (2 * Limbs));
    }
}
