using System.Numerics;
using System.Runtime.Intrinsics;
using MixMq.Crypto.Ladder;
using MixMq.Simulation;

namespace MixMq.Crypto.Tests;

/// <summary>The field of the vector ladders against plain big integers, with limbs as large as its bounds allow and a little larger.</summary>
public sealed class VectorFieldTests
{
    private const int Rounds = 400;
    private static readonly BigInteger P = (BigInteger.One << 255) - 19;
    private static readonly int[] Exponents = [0, 43, 85, 128, 170, 213, 255];

    [Fact]
    public void Four_lanes_compute_as_big_integers_do_up_to_their_bounds()
    {
        if (Lanes256.IsSupported)
        {
            Check<Vector256<double>, Lanes256>();
        }
    }

    [Fact]
    public void Eight_lanes_compute_as_big_integers_do_up_to_their_bounds()
    {
        if (Lanes512.IsSupported)
        {
            Check<Vector512<double>, Lanes512>();
        }
    }

    private static unsafe void Check<TVector, TLanes>()
        where TVector : unmanaged
        where TLanes : struct, ILanes<TVector>
    {
        const int limbs = VectorField<TVector, TLanes>.Limbs;
        var random = new SeededRandomSource("limbs");
        var memory = stackalloc TVector[5 * limbs];
        var a = memory;
        var b = memory + limbs;
        var r = memory + (2 * limbs);
        var sum = memory + (3 * limbs);
        var reduced = memory + (4 * limbs);
        for (var round = 0; round < Rounds; round++)
        {
            Fill((double*)a, TLanes.Count, random, loose: true);
            Fill((double*)b, TLanes.Count, random, loose: true);
            Fill((double*)reduced, TLanes.Count, random, loose: false);
            VectorField<TVector, TLanes>.Multiply(r, a, b);
            Same<TLanes>((double*)r, lane => Value((double*)a, TLanes.Count, lane) * Value((double*)b, TLanes.Count, lane));
            VectorField<TVector, TLanes>.Square(r, a);
            Same<TLanes>((double*)r, lane => BigInteger.Pow(Value((double*)a, TLanes.Count, lane), 2));
            VectorField<TVector, TLanes>.MultiplyAdd(sum, a, TLanes.Create(121665), reduced);

            // What it gives is a little above loose and is multiplied in the ladder as it is.
            VectorField<TVector, TLanes>.Multiply(r, sum, b);
            Same<TLanes>((double*)r, lane =>
                ((121665 * Value((double*)a, TLanes.Count, lane)) + Value((double*)reduced, TLanes.Count, lane)) * Value((double*)b, TLanes.Count, lane));
        }

        void Same<T>(double* result, Func<int, BigInteger> expected)
            where T : struct, ILanes<TVector>
        {
            for (var lane = 0; lane < T.Count; lane++)
            {
                Assert.Equal(Modulo(expected(lane)), Modulo(Value(result, T.Count, lane)));
                for (var i = 0; i < limbs; i++)
                {
                    var limb = result[(i * T.Count) + lane];
                    Assert.True(Math.Abs(limb) <= Bound(i), $"limb {i} is {limb}");
                    Assert.Equal(0, limb % Math.Pow(2, Exponents[i]));
                }
            }
        }
    }

    // All limbs at the bound with one sign, with alternating and with random ones, and anything within it.
    private static unsafe void Fill(double* element, int lanes, SeededRandomSource random, bool loose)
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            var form = random.NextInt32(5);
            for (var i = 0; i < 6; i++)
            {
                var most = (loose ? 2 : 1) * Bound(i) / Math.Pow(2, Exponents[i]);
                var units = form == 4 ? Math.Floor(random.NextDouble() * most) : most;
                var isNegative = form switch
                {
                    0 => false,
                    1 => true,
                    2 => i % 2 == 0,
                    _ => random.NextInt32(2) == 0,
                };
                element[(i * lanes) + lane] = (isNegative ? -units : units) * Math.Pow(2, Exponents[i]);
            }
        }
    }

    // What the field's documentation calls reduced.
    private static double Bound(int limb) => Math.Pow(2, Exponents[limb + 1] - 1) + Math.Pow(2, Exponents[limb] + 12);

    private static unsafe BigInteger Value(double* element, int lanes, int lane)
    {
        var value = BigInteger.Zero;
        for (var i = 0; i < 6; i++)
        {
            value += new BigInteger(element[(i * lanes) + lane]);
        }

        return value;
    }

    private static BigInteger Modulo(BigInteger value) => ((value % P) + P) % P;
}
