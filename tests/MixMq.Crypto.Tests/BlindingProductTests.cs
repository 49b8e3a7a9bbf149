using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Crypto.Tests;

public sealed class BlindingProductTests
{
    [Fact]
    public void One_ladder_by_the_product_is_two_ladders_in_a_row()
    {
        var random = new SeededRandomSource("product");
        var a = new byte[32];
        var b = new byte[32];
        var u = new byte[32];
        var product = new byte[32];
        for (var i = 0; i < 200; i++)
        {
            random.Fill(a);
            random.Fill(b);
            random.Fill(u);
            X25519.DerivePublic(u, u);
            BlindingProduct.Multiply(a, b, product);
            AssertSame(a, b, product, u);
            Assert.Equal(0x40, product[31] & 0xc0);
            Assert.Equal(0, product[0] & 7);
        }
    }

    [Theory]
    [InlineData(0x00, 0x00)]
    [InlineData(0xff, 0xff)]
    [InlineData(0x00, 0xff)]
    [InlineData(0xff, 0x00)]
    public void The_extreme_scalars_multiply_too(byte first, byte second)
    {
        var a = Enumerable.Repeat(first, 32).ToArray();
        var b = Enumerable.Repeat(second, 32).ToArray();
        var u = new byte[32];
        u[0] = 9;
        var product = new byte[32];
        BlindingProduct.Multiply(a, b, product);
        AssertSame(a, b, product, u);
    }

    [Fact]
    public void A_point_with_a_part_of_small_order_loses_it_the_same_way()
    {
        // Many u on the curve are sums with a point of order 2, 4 or 8; clamped scalars are multiples of 8 and forget that part.
        var random = new SeededRandomSource("torsion");
        var a = new byte[32];
        var b = new byte[32];
        var u = new byte[32];
        var product = new byte[32];
        var seen = 0;
        while (seen < 50)
        {
            random.Fill(u);
            u[31] &= 0x7f;
            if (!PublicPoint.IsMontgomeryPoint(u))
            {
                continue;
            }

            seen++;
            random.Fill(a);
            random.Fill(b);
            BlindingProduct.Multiply(a, b, product);
            AssertSame(a, b, product, u);
        }
    }

    [Fact]
    public void The_product_may_take_the_place_of_a_factor()
    {
        var a = Enumerable.Repeat((byte)3, 32).ToArray();
        var b = Enumerable.Repeat((byte)5, 32).ToArray();
        var product = new byte[32];
        BlindingProduct.Multiply(a, b, product);
        BlindingProduct.Multiply(a, b, a);
        Assert.Equal(product, a);
    }

    private static void AssertSame(byte[] a, byte[] b, byte[] product, byte[] u)
    {
        var first = new byte[32];
        var second = new byte[32];
        var direct = new byte[32];
        Assert.True(X25519.TryDerive(a, u, first));
        Assert.True(X25519.TryDerive(b, first, second));
        Assert.True(X25519.TryDerive(product, u, direct));
        Assert.Equal(second, direct);
    }
}
