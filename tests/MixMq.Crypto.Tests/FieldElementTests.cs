using System.Numerics;
using MixMq.Simulation;

namespace MixMq.Crypto.Tests;

/// <summary>The field against plain big integers, with the greatest limbs that its bounds allow.</summary>
public sealed class FieldElementTests
{
    private static readonly BigInteger P = (BigInteger.One << 255) - 19;

    [Fact]
    public void It_computes_as_big_integers_do()
    {
        var random = new SeededRandomSource("field");
        for (var i = 0; i < 2_000; i++)
        {
            var (a, b) = (Draw(random, i), Draw(random, i / 7));
            var (x, y) = (Of(a), Of(b));
            Assert.Equal(a * b % P, Value(x * y));
            Assert.Equal(a * a % P, Value(x.Square()));
            Assert.Equal((a + b) % P, Value(x + y));
            Assert.Equal((a - b + (2 * P)) % P, Value(x - y));
            Assert.Equal(3 * a * (3 * b) % P, Value((x + x + x) * (y + y + y)));
            Assert.Equal(9 * a * a % P, Value((x + x + x).Square()));
            Assert.Equal((a - (3 * b) + (4 * P)) % P, Value(x - (y + y + y)));
        }
    }

    [Fact]
    public void Limbs_at_their_bound_do_not_overflow()
    {
        // (p − 1) is all ones but for the lowest bits; differences carry least, so three of them added have the greatest limbs.
        var top = FieldElement.Read(Bytes((BigInteger.One << 255) - 1)) - new FieldElement(0);
        var value = ((BigInteger.One << 255) - 1) % P;
        var sum = top + top + top;
        Assert.Equal(9 * value * value % P, Value(sum * sum));
        Assert.Equal(9 * value * value % P, Value(sum.Square()));
        Assert.Equal((value - (3 * value) + (4 * P)) % P, Value(top - sum));
    }

    [Fact]
    public void Inverses_and_squares_are_found()
    {
        var random = new SeededRandomSource("inverse");
        var squares = 0;
        for (var i = 0; i < 200; i++)
        {
            var a = Draw(random, i);
            Assert.Equal(a.IsZero ? BigInteger.Zero : BigInteger.ModPow(a, P - 2, P), Value(Of(a).Invert()));
            Assert.True(Of(a).Square().IsSquare());
            var isSquare = a.IsZero || BigInteger.ModPow(a, (P - 1) / 2, P).IsOne;
            Assert.Equal(isSquare, Of(a).IsSquare());
            squares += isSquare ? 1 : 0;
        }

        Assert.InRange(squares, 60, 150);
    }

    [Fact]
    public void What_is_not_canonical_counts_modulo_p()
    {
        for (var i = 0; i < 19; i++)
        {
            Assert.Equal(i, Value(FieldElement.Read(Bytes(P + i))));
        }

        Assert.True(FieldElement.Read(Bytes(P)).IsZero);
        Assert.False(FieldElement.Read(Bytes(P + 1)).IsZero);
    }

    private static BigInteger Draw(SeededRandomSource random, int i)
    {
        var bytes = new byte[32];
        random.Fill(bytes);
        return (i % 50) switch
        {
            0 => 0,
            1 => 1,
            2 => P - 1,
            3 => (BigInteger.One << 255) - 20,
            4 => (BigInteger.One << 51) - 1,
            5 => BigInteger.One << 204,
            _ => new BigInteger(bytes, isUnsigned: true) % P,
        };
    }

    private static FieldElement Of(BigInteger value) => FieldElement.Read(Bytes(value));

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[32];
        Assert.True(value.TryWriteBytes(bytes, out _, isUnsigned: true));
        return bytes;
    }

    private static BigInteger Value(FieldElement element)
    {
        var bytes = new byte[32];
        element.Write(bytes);
        return new BigInteger(bytes, isUnsigned: true);
    }
}
