using System.Runtime.CompilerServices;

namespace MixMq.Crypto.Ladder;

/// <summary>
/// Arithmetic modulo p = 2^255 − 19 in every lane of a vector at once, on doubles.
/// </summary>
/// <remarks>
/// <para>
/// An element is six vectors x_0 … x_5, x = Σ x_i, where x_i is a multiple of 2^e_i, e_i = ⌈42.5 i⌉ = 0, 43, 85, 128, 170, 213 (and e_6 = 255).
/// The weight is part of the number. After D. J. Bernstein, "Floating-point arithmetic and message authentication" (2004), with two changes: a
/// fused multiply-add gives both halves of a product, so limbs may be twice as wide; and one carry of all limbs at once replaces the chain.
/// </para>
/// <para>
/// Bounds. <em>Reduced</em>: |x_i| ≤ 2^(e_(i+1) − 1) + 2^(e_i + 12), what <see cref="Multiply"/> and its like return. <em>Loose</em>: at most twice that, what a
/// sum or a difference of two reduced elements is, and what every operation takes. Column k of a product of loose elements is
/// Σ x_i·y_(k−i) + 19·2^−255 Σ x_i·y_(k+6−i); each term without the factor 19 is below 2^(e_(i+1) + e_(j+1)) (1 + 2^−29), where e_(i+1) + e_(j+1) ≤ e_(k+2) + 1. So the
/// column is below 2^(e_(k+1) + 50), and adding it to 1.5·2^(52 + e_(k+1)) stays within one binade: each of its terms is rounded to a multiple of
/// 2^e_(k+1), and what is cut off, at most half of that and a multiple of 2^e_k, is found exactly by a second fused multiply-add. Low parts sum to at most 2^(e_(k+1) + 2),
/// high parts of the column below to 2^(e_k + 50), the column 5's times 19 to 2^50; all exact. One carry then leaves less than 2^(e_i + 12) above half a limb.
/// </para>
/// All of it needs rounding to nearest, which <see cref="X25519Batch"/> asserts. No branch and no index depends on a value.
/// </remarks>
internal static unsafe class VectorField<TVector, TLanes>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector>
{
    /// <summary>Vectors of an element.</summary>
    public const int Limbs = 6;

    /// <summary>19 · 2^−255: what the limb of weight 2^255 counts as.</summary>
    private const double Fold = 19 / TwoTo51 / TwoTo51 / TwoTo51 / TwoTo51 / TwoTo51;

    private const double TwoTo51 = 1L << 51;

    private const double Round0 = 5.942112188569825e+28; // 1.5 · 2^(52 + 43)
    private const double Round1 = 2.6133685779528074e+41; // 1.5 · 2^(52 + 85)
    private const double Round2 = 2.2987433112988333e+54; // 1.5 · 2^(52 + 128)
    private const double Round3 = 1.010998000018149e+67; // 1.5 · 2^(52 + 170)
    private const double Round4 = 8.892832453425884e+79; // 1.5 · 2^(52 + 213)
    private const double Round5 = 3.911109074562213e+92; // 1.5 · 2^(52 + 255)

    /// <summary>r = a + b. Reduced to loose.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(TVector* r, TVector* a, TVector* b)
    {
        for (var i = 0; i < Limbs; i++)
        {
            r[i] = TLanes.Add(a[i], b[i]);
        }
    }

    /// <summary>r = a − b. Reduced to loose.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Subtract(TVector* r, TVector* a, TVector* b)
    {
        for (var i = 0; i < Limbs; i++)
        {
            r[i] = TLanes.Subtract(a[i], b[i]);
        }
    }

    /// <summary>r = b where the mask is all ones, else a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Select(TVector* r, TVector mask, TVector* a, TVector* b)
    {
        for (var i = 0; i < Limbs; i++)
        {
            r[i] = TLanes.Select(mask, a[i], b[i]);
        }
    }

    /// <summary>r = a · b. Loose to reduced; r may be a or b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(TVector* r, TVector* a, TVector* b)
    {
        var factor = TLanes.Create(Fold);
        var b0 = b[0];
        var b1 = b[1];
        var b2 = b[2];
        var b3 = b[3];
        var b4 = b[4];
        var b5 = b[5];
        var f1 = TLanes.Multiply(b1, factor);
        var f2 = TLanes.Multiply(b2, factor);
        var f3 = TLanes.Multiply(b3, factor);
        var f4 = TLanes.Multiply(b4, factor);
        var f5 = TLanes.Multiply(b5, factor);
        var round0 = TLanes.Create(Round0);
        var round1 = TLanes.Create(Round1);
        var round2 = TLanes.Create(Round2);
        var round3 = TLanes.Create(Round3);
        var round4 = TLanes.Create(Round4);
        var round5 = TLanes.Create(Round5);

        var s0_0 = TLanes.MultiplyAdd(a[0], b0, round0);
        var s1_0 = TLanes.MultiplyAdd(a[0], b1, round1);
        var s2_0 = TLanes.MultiplyAdd(a[0], b2, round2);
        var s3_0 = TLanes.MultiplyAdd(a[0], b3, round3);
        var s4_0 = TLanes.MultiplyAdd(a[0], b4, round4);
        var s5_0 = TLanes.MultiplyAdd(a[0], b5, round5);
        var l0_0 = TLanes.MultiplyAdd(a[0], b0, TLanes.Subtract(round0, s0_0));
        var l1_0 = TLanes.MultiplyAdd(a[0], b1, TLanes.Subtract(round1, s1_0));
        var l2_0 = TLanes.MultiplyAdd(a[0], b2, TLanes.Subtract(round2, s2_0));
        var l3_0 = TLanes.MultiplyAdd(a[0], b3, TLanes.Subtract(round3, s3_0));
        var l4_0 = TLanes.MultiplyAdd(a[0], b4, TLanes.Subtract(round4, s4_0));
        var l5_0 = TLanes.MultiplyAdd(a[0], b5, TLanes.Subtract(round5, s5_0));

        var s0_1 = TLanes.MultiplyAdd(a[1], f5, s0_0);
        var s1_1 = TLanes.MultiplyAdd(a[1], b0, s1_0);
        var s2_1 = TLanes.MultiplyAdd(a[1], b1, s2_0);
        var s3_1 = TLanes.MultiplyAdd(a[1], b2, s3_0);
        var s4_1 = TLanes.MultiplyAdd(a[1], b3, s4_0);
        var s5_1 = TLanes.MultiplyAdd(a[1], b4, s5_0);
        var l0_1 = TLanes.Add(l0_0, TLanes.MultiplyAdd(a[1], f5, TLanes.Subtract(s0_0, s0_1)));
        var l1_1 = TLanes.Add(l1_0, TLanes.MultiplyAdd(a[1], b0, TLanes.Subtract(s1_0, s1_1)));
        var l2_1 = TLanes.Add(l2_0, TLanes.MultiplyAdd(a[1], b1, TLanes.Subtract(s2_0, s2_1)));
        var l3_1 = TLanes.Add(l3_0, TLanes.MultiplyAdd(a[1], b2, TLanes.Subtract(s3_0, s3_1)));
        var l4_1 = TLanes.Add(l4_0, TLanes.MultiplyAdd(a[1], b3, TLanes.Subtract(s4_0, s4_1)));
        var l5_1 = TLanes.Add(l5_0, TLanes.MultiplyAdd(a[1], b4, TLanes.Subtract(s5_0, s5_1)));

        var s0_2 = TLanes.MultiplyAdd(a[2], f4, s0_1);
        var s1_2 = TLanes.MultiplyAdd(a[2], f5, s1_1);
        var s2_2 = TLanes.MultiplyAdd(a[2], b0, s2_1);
        var s3_2 = TLanes.MultiplyAdd(a[2], b1, s3_1);
        var s4_2 = TLanes.MultiplyAdd(a[2], b2, s4_1);
        var s5_2 = TLanes.MultiplyAdd(a[2], b3, s5_1);
        var l0_2 = TLanes.Add(l0_1, TLanes.MultiplyAdd(a[2], f4, TLanes.Subtract(s0_1, s0_2)));
        var l1_2 = TLanes.Add(l1_1, TLanes.MultiplyAdd(a[2], f5, TLanes.Subtract(s1_1, s1_2)));
        var l2_2 = TLanes.Add(l2_1, TLanes.MultiplyAdd(a[2], b0, TLanes.Subtract(s2_1, s2_2)));
        var l3_2 = TLanes.Add(l3_1, TLanes.MultiplyAdd(a[2], b1, TLanes.Subtract(s3_1, s3_2)));
        var l4_2 = TLanes.Add(l4_1, TLanes.MultiplyAdd(a[2], b2, TLanes.Subtract(s4_1, s4_2)));
        var l5_2 = TLanes.Add(l5_1, TLanes.MultiplyAdd(a[2], b3, TLanes.Subtract(s5_1, s5_2)));

        var s0_3 = TLanes.MultiplyAdd(a[3], f3, s0_2);
        var s1_3 = TLanes.MultiplyAdd(a[3], f4, s1_2);
        var s2_3 = TLanes.MultiplyAdd(a[3], f5, s2_2);
        var s3_3 = TLanes.MultiplyAdd(a[3], b0, s3_2);
        var s4_3 = TLanes.MultiplyAdd(a[3], b1, s4_2);
        var s5_3 = TLanes.MultiplyAdd(a[3], b2, s5_2);
        var l0_3 = TLanes.Add(l0_2, TLanes.MultiplyAdd(a[3], f3, TLanes.Subtract(s0_2, s0_3)));
        var l1_3 = TLanes.Add(l1_2, TLanes.MultiplyAdd(a[3], f4, TLanes.Subtract(s1_2, s1_3)));
        var l2_3 = TLanes.Add(l2_2, TLanes.MultiplyAdd(a[3], f5, TLanes.Subtract(s2_2, s2_3)));
        var l3_3 = TLanes.Add(l3_2, TLanes.MultiplyAdd(a[3], b0, TLanes.Subtract(s3_2, s3_3)));
        var l4_3 = TLanes.Add(l4_2, TLanes.MultiplyAdd(a[3], b1, TLanes.Subtract(s4_2, s4_3)));
        var l5_3 = TLanes.Add(l5_2, TLanes.MultiplyAdd(a[3], b2, TLanes.Subtract(s5_2, s5_3)));

        var s0_4 = TLanes.MultiplyAdd(a[4], f2, s0_3);
        var s1_4 = TLanes.MultiplyAdd(a[4], f3, s1_3);
        var s2_4 = TLanes.MultiplyAdd(a[4], f4, s2_3);
        var s3_4 = TLanes.MultiplyAdd(a[4], f5, s3_3);
        var s4_4 = TLanes.MultiplyAdd(a[4], b0, s4_3);
        var s5_4 = TLanes.MultiplyAdd(a[4], b1, s5_3);
        var l0_4 = TLanes.Add(l0_3, TLanes.MultiplyAdd(a[4], f2, TLanes.Subtract(s0_3, s0_4)));
        var l1_4 = TLanes.Add(l1_3, TLanes.MultiplyAdd(a[4], f3, TLanes.Subtract(s1_3, s1_4)));
        var l2_4 = TLanes.Add(l2_3, TLanes.MultiplyAdd(a[4], f4, TLanes.Subtract(s2_3, s2_4)));
        var l3_4 = TLanes.Add(l3_3, TLanes.MultiplyAdd(a[4], f5, TLanes.Subtract(s3_3, s3_4)));
        var l4_4 = TLanes.Add(l4_3, TLanes.MultiplyAdd(a[4], b0, TLanes.Subtract(s4_3, s4_4)));
        var l5_4 = TLanes.Add(l5_3, TLanes.MultiplyAdd(a[4], b1, TLanes.Subtract(s5_3, s5_4)));

        var s0_5 = TLanes.MultiplyAdd(a[5], f1, s0_4);
        var s1_5 = TLanes.MultiplyAdd(a[5], f2, s1_4);
        var s2_5 = TLanes.MultiplyAdd(a[5], f3, s2_4);
        var s3_5 = TLanes.MultiplyAdd(a[5], f4, s3_4);
        var s4_5 = TLanes.MultiplyAdd(a[5], f5, s4_4);
        var s5_5 = TLanes.MultiplyAdd(a[5], b0, s5_4);
        var l0_5 = TLanes.Add(l0_4, TLanes.MultiplyAdd(a[5], f1, TLanes.Subtract(s0_4, s0_5)));
        var l1_5 = TLanes.Add(l1_4, TLanes.MultiplyAdd(a[5], f2, TLanes.Subtract(s1_4, s1_5)));
        var l2_5 = TLanes.Add(l2_4, TLanes.MultiplyAdd(a[5], f3, TLanes.Subtract(s2_4, s2_5)));
        var l3_5 = TLanes.Add(l3_4, TLanes.MultiplyAdd(a[5], f4, TLanes.Subtract(s3_4, s3_5)));
        var l4_5 = TLanes.Add(l4_4, TLanes.MultiplyAdd(a[5], f5, TLanes.Subtract(s4_4, s4_5)));
        var l5_5 = TLanes.Add(l5_4, TLanes.MultiplyAdd(a[5], b0, TLanes.Subtract(s5_4, s5_5)));

        var fold = TLanes.Create(Fold);
        var z0 = TLanes.MultiplyAdd(TLanes.Subtract(s5_5, round5), fold, l0_5);
        var z1 = TLanes.Add(l1_5, TLanes.Subtract(s0_5, round0));
        var z2 = TLanes.Add(l2_5, TLanes.Subtract(s1_5, round1));
        var z3 = TLanes.Add(l3_5, TLanes.Subtract(s2_5, round2));
        var z4 = TLanes.Add(l4_5, TLanes.Subtract(s3_5, round3));
        var z5 = TLanes.Add(l5_5, TLanes.Subtract(s4_5, round4));
        var c0 = TLanes.Subtract(TLanes.Add(z0, round0), round0);
        var c1 = TLanes.Subtract(TLanes.Add(z1, round1), round1);
        var c2 = TLanes.Subtract(TLanes.Add(z2, round2), round2);
        var c3 = TLanes.Subtract(TLanes.Add(z3, round3), round3);
        var c4 = TLanes.Subtract(TLanes.Add(z4, round4), round4);
        var c5 = TLanes.Subtract(TLanes.Add(z5, round5), round5);
        r[0] = TLanes.MultiplyAdd(c5, fold, TLanes.Subtract(z0, c0));
        r[1] = TLanes.Add(TLanes.Subtract(z1, c1), c0);
        r[2] = TLanes.Add(TLanes.Subtract(z2, c2), c1);
        r[3] = TLanes.Add(TLanes.Subtract(z3, c3), c2);
        r[4] = TLanes.Add(TLanes.Subtract(z4, c4), c3);
        r[5] = TLanes.Add(TLanes.Subtract(z5, c5), c4);
    }

    /// <summary>r = a². Loose to reduced; r may be a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Square(TVector* r, TVector* a)
    {
        var factor = TLanes.Create(Fold);
        var a0 = a[0];
        var a1 = a[1];
        var a2 = a[2];
        var a3 = a[3];
        var a4 = a[4];
        var a5 = a[5];
        var d0 = TLanes.Add(a0, a0);
        var d1 = TLanes.Add(a1, a1);
        var d2 = TLanes.Add(a2, a2);
        var d3 = TLanes.Add(a3, a3);
        var d4 = TLanes.Add(a4, a4);
        var f3 = TLanes.Multiply(a3, factor);
        var f4 = TLanes.Multiply(a4, factor);
        var f5 = TLanes.Multiply(a5, factor);
        var round0 = TLanes.Create(Round0);
        var round1 = TLanes.Create(Round1);
        var round2 = TLanes.Create(Round2);
        var round3 = TLanes.Create(Round3);
        var round4 = TLanes.Create(Round4);
        var round5 = TLanes.Create(Round5);

        var s0_0 = TLanes.MultiplyAdd(a0, a0, round0);
        var s1_0 = TLanes.MultiplyAdd(d0, a1, round1);
        var s2_0 = TLanes.MultiplyAdd(d0, a2, round2);
        var s3_0 = TLanes.MultiplyAdd(d0, a3, round3);
        var s4_0 = TLanes.MultiplyAdd(d0, a4, round4);
        var s5_0 = TLanes.MultiplyAdd(d0, a5, round5);
        var l0_0 = TLanes.MultiplyAdd(a0, a0, TLanes.Subtract(round0, s0_0));
        var l1_0 = TLanes.MultiplyAdd(d0, a1, TLanes.Subtract(round1, s1_0));
        var l2_0 = TLanes.MultiplyAdd(d0, a2, TLanes.Subtract(round2, s2_0));
        var l3_0 = TLanes.MultiplyAdd(d0, a3, TLanes.Subtract(round3, s3_0));
        var l4_0 = TLanes.MultiplyAdd(d0, a4, TLanes.Subtract(round4, s4_0));
        var l5_0 = TLanes.MultiplyAdd(d0, a5, TLanes.Subtract(round5, s5_0));

        var s0_1 = TLanes.MultiplyAdd(d1, f5, s0_0);
        var s1_1 = TLanes.MultiplyAdd(d2, f5, s1_0);
        var s2_1 = TLanes.MultiplyAdd(a1, a1, s2_0);
        var s3_1 = TLanes.MultiplyAdd(d1, a2, s3_0);
        var s4_1 = TLanes.MultiplyAdd(d1, a3, s4_0);
        var s5_1 = TLanes.MultiplyAdd(d1, a4, s5_0);
        var l0_1 = TLanes.Add(l0_0, TLanes.MultiplyAdd(d1, f5, TLanes.Subtract(s0_0, s0_1)));
        var l1_1 = TLanes.Add(l1_0, TLanes.MultiplyAdd(d2, f5, TLanes.Subtract(s1_0, s1_1)));
        var l2_1 = TLanes.Add(l2_0, TLanes.MultiplyAdd(a1, a1, TLanes.Subtract(s2_0, s2_1)));
        var l3_1 = TLanes.Add(l3_0, TLanes.MultiplyAdd(d1, a2, TLanes.Subtract(s3_0, s3_1)));
        var l4_1 = TLanes.Add(l4_0, TLanes.MultiplyAdd(d1, a3, TLanes.Subtract(s4_0, s4_1)));
        var l5_1 = TLanes.Add(l5_0, TLanes.MultiplyAdd(d1, a4, TLanes.Subtract(s5_0, s5_1)));

        var s0_2 = TLanes.MultiplyAdd(d2, f4, s0_1);
        var s1_2 = TLanes.MultiplyAdd(d3, f4, s1_1);
        var s2_2 = TLanes.MultiplyAdd(d3, f5, s2_1);
        var s3_2 = TLanes.MultiplyAdd(d4, f5, s3_1);
        var s4_2 = TLanes.MultiplyAdd(a2, a2, s4_1);
        var s5_2 = TLanes.MultiplyAdd(d2, a3, s5_1);
        var l0_2 = TLanes.Add(l0_1, TLanes.MultiplyAdd(d2, f4, TLanes.Subtract(s0_1, s0_2)));
        var l1_2 = TLanes.Add(l1_1, TLanes.MultiplyAdd(d3, f4, TLanes.Subtract(s1_1, s1_2)));
        var l2_2 = TLanes.Add(l2_1, TLanes.MultiplyAdd(d3, f5, TLanes.Subtract(s2_1, s2_2)));
        var l3_2 = TLanes.Add(l3_1, TLanes.MultiplyAdd(d4, f5, TLanes.Subtract(s3_1, s3_2)));
        var l4_2 = TLanes.Add(l4_1, TLanes.MultiplyAdd(a2, a2, TLanes.Subtract(s4_1, s4_2)));
        var l5_2 = TLanes.Add(l5_1, TLanes.MultiplyAdd(d2, a3, TLanes.Subtract(s5_1, s5_2)));

        var s0_3 = TLanes.MultiplyAdd(a3, f3, s0_2);
        var s2_3 = TLanes.MultiplyAdd(a4, f4, s2_2);
        var s4_3 = TLanes.MultiplyAdd(a5, f5, s4_2);
        var l0_3 = TLanes.Add(l0_2, TLanes.MultiplyAdd(a3, f3, TLanes.Subtract(s0_2, s0_3)));
        var l2_3 = TLanes.Add(l2_2, TLanes.MultiplyAdd(a4, f4, TLanes.Subtract(s2_2, s2_3)));
        var l4_3 = TLanes.Add(l4_2, TLanes.MultiplyAdd(a5, f5, TLanes.Subtract(s4_2, s4_3)));

        var fold = TLanes.Create(Fold);
        var z0 = TLanes.MultiplyAdd(TLanes.Subtract(s5_2, round5), fold, l0_3);
        var z1 = TLanes.Add(l1_2, TLanes.Subtract(s0_3, round0));
        var z2 = TLanes.Add(l2_3, TLanes.Subtract(s1_2, round1));
        var z3 = TLanes.Add(l3_2, TLanes.Subtract(s2_3, round2));
        var z4 = TLanes.Add(l4_3, TLanes.Subtract(s3_2, round3));
        var z5 = TLanes.Add(l5_2, TLanes.Subtract(s4_3, round4));
        var c0 = TLanes.Subtract(TLanes.Add(z0, round0), round0);
        var c1 = TLanes.Subtract(TLanes.Add(z1, round1), round1);
        var c2 = TLanes.Subtract(TLanes.Add(z2, round2), round2);
        var c3 = TLanes.Subtract(TLanes.Add(z3, round3), round3);
        var c4 = TLanes.Subtract(TLanes.Add(z4, round4), round4);
        var c5 = TLanes.Subtract(TLanes.Add(z5, round5), round5);
        r[0] = TLanes.MultiplyAdd(c5, fold, TLanes.Subtract(z0, c0));
        r[1] = TLanes.Add(TLanes.Subtract(z1, c1), c0);
        r[2] = TLanes.Add(TLanes.Subtract(z2, c2), c1);
        r[3] = TLanes.Add(TLanes.Subtract(z3, c3), c2);
        r[4] = TLanes.Add(TLanes.Subtract(z4, c4), c3);
        r[5] = TLanes.Add(TLanes.Subtract(z5, c5), c4);
    }

    /// <summary>r = a · factor + b. Loose and reduced to loose: |r_i| is below that of b plus 2^(e_(i+1) − 1) + 2^(e_i + 24).</summary>
    /// <param name="r">The result; may be a or b.</param>
    /// <param name="a">Loose.</param>
    /// <param name="factor">A whole number below 2^17 in each lane.</param>
    /// <param name="b">Reduced.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAdd(TVector* r, TVector* a, TVector factor, TVector* b)
    {
        var round0 = TLanes.Create(Round0);
        var h0 = TLanes.Subtract(TLanes.MultiplyAdd(a[0], factor, round0), round0);
        var l0 = TLanes.MultiplyAdd(a[0], factor, TLanes.Subtract(TLanes.Create(0), h0));
        var round1 = TLanes.Create(Round1);
        var h1 = TLanes.Subtract(TLanes.MultiplyAdd(a[1], factor, round1), round1);
        var l1 = TLanes.MultiplyAdd(a[1], factor, TLanes.Subtract(TLanes.Create(0), h1));
        var round2 = TLanes.Create(Round2);
        var h2 = TLanes.Subtract(TLanes.MultiplyAdd(a[2], factor, round2), round2);
        var l2 = TLanes.MultiplyAdd(a[2], factor, TLanes.Subtract(TLanes.Create(0), h2));
        var round3 = TLanes.Create(Round3);
        var h3 = TLanes.Subtract(TLanes.MultiplyAdd(a[3], factor, round3), round3);
        var l3 = TLanes.MultiplyAdd(a[3], factor, TLanes.Subtract(TLanes.Create(0), h3));
        var round4 = TLanes.Create(Round4);
        var h4 = TLanes.Subtract(TLanes.MultiplyAdd(a[4], factor, round4), round4);
        var l4 = TLanes.MultiplyAdd(a[4], factor, TLanes.Subtract(TLanes.Create(0), h4));
        var round5 = TLanes.Create(Round5);
        var h5 = TLanes.Subtract(TLanes.MultiplyAdd(a[5], factor, round5), round5);
        var l5 = TLanes.MultiplyAdd(a[5], factor, TLanes.Subtract(TLanes.Create(0), h5));
        r[0] = TLanes.MultiplyAdd(h5, TLanes.Create(Fold), TLanes.Add(b[0], l0));
        r[1] = TLanes.Add(TLanes.Add(b[1], l1), h0);
        r[2] = TLanes.Add(TLanes.Add(b[2], l2), h1);
        r[3] = TLanes.Add(TLanes.Add(b[3], l3), h2);
        r[4] = TLanes.Add(TLanes.Add(b[4], l4), h3);
        r[5] = TLanes.Add(TLanes.Add(b[5], l5), h4);
    }

    /// <summary>r = a^(2^n), n ≥ 1. Loose to reduced; r may be a.</summary>
    public static void Square(TVector* r, TVector* a, int n)
    {
        Square(r, a);
        for (var i = 1; i < n; i++)
        {
            Square(r, r);
        }
    }

    /// <summary>r = a^(p − 2), the inverse; zero of zero. The chain of <see cref="FieldElement.Invert"/>.</summary>
    /// <param name="r">The result; not a.</param>
    /// <param name="a">Loose.</param>
    /// <param name="scratch">Four elements.</param>
    public static void Invert(TVector* r, TVector* a, TVector* scratch)
    {
        var x11 = scratch;
        var x = scratch + Limbs;
        var y = scratch + (2 * Limbs);
        var x50 = scratch + (3 * Limbs);
        Square(x, a);
        Square(y, x, 2);
        Multiply(y, y, a); // 9
        Multiply(x11, y, x);
        Square(x, x11);
        Multiply(y, x, y); // 2^5 − 1
        Square(x, y, 5);
        Multiply(y, x, y); // 2^10 − 1
        Square(x, y, 10);
        Multiply(x, x, y); // 2^20 − 1
        Square(r, x, 20);
        Multiply(x, r, x); // 2^40 − 1
        Square(x, x, 10);
        Multiply(x50, x, y); // 2^50 − 1
        Square(x, x50, 50);
        Multiply(x, x, x50); // 2^100 − 1
        Square(y, x, 100);
        Multiply(x, y, x); // 2^200 − 1
        Square(x, x, 50);
        Multiply(x, x, x50); // 2^250 − 1
        Square(x, x, 5);
        Multiply(r, x, x11);
    }
}
