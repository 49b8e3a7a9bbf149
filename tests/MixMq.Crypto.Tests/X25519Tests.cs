using MixMq.Simulation;
using MixMq.Testing;
using Reference = Org.BouncyCastle.Math.EC.Rfc7748.X25519;

namespace MixMq.Crypto.Tests;

public sealed class X25519Tests
{
    /// <summary>u coordinates of small order on the curve and its twist, with their non-canonical forms and with bit 255 set, which the function ignores.</summary>
    public static TheoryData<string> SmallOrder { get; } =
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    [Theory]
    [InlineData(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")]
    [InlineData(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")]
    public void The_function_gives_the_values_of_rfc_7748(string scalar, string u, string expected)
    {
        var shared = new byte[32];
        Assert.True(X25519.TryDerive(Convert.FromHexString(scalar), Convert.FromHexString(u), shared));
        Assert.Equal(expected, Convert.ToHexStringLower(shared));
    }

    [Fact]
    public void A_thousand_iterations_end_where_rfc_7748_says()
    {
        var k = new byte[32];
        k[0] = 9;
        var u = (byte[])k.Clone();
        var next = new byte[32];
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(X25519.TryDerive(k, u, next));
            (u, k, next) = (k, next, u);
            if (i == 0)
            {
                Assert.Equal("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", Convert.ToHexStringLower(k));
            }
        }

        Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Convert.ToHexStringLower(k));
    }

    [Fact]
    public void Both_sides_of_rfc_7748s_exchange_get_its_public_keys_and_its_secret()
    {
        var alice = Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        var bob = Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        var alicePublic = new byte[32];
        var bobPublic = new byte[32];
        var shared = new byte[32];
        X25519.DerivePublic(alice, alicePublic);
        X25519.DerivePublic(bob, bobPublic);
        Assert.Equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", Convert.ToHexStringLower(alicePublic));
        Assert.Equal("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", Convert.ToHexStringLower(bobPublic));
        Assert.True(X25519.TryDerive(alice, bobPublic, shared));
        Assert.Equal("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", Convert.ToHexStringLower(shared));
        Assert.True(X25519.TryDerive(bob, alicePublic, shared));
        Assert.Equal("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", Convert.ToHexStringLower(shared));
    }

    [Fact]
    public void It_agrees_with_another_implementation_on_random_inputs()
    {
        var random = new SeededRandomSource("x25519");
        Span<byte> own = stackalloc byte[32];
        var scalar = new byte[32];
        var u = new byte[32];
        var expected = new byte[32];
        for (var i = 0; i < 200; i++)
        {
            random.Fill(scalar);
            random.Fill(u);
            Reference.ScalarMult(scalar, 0, u, 0, expected, 0);
            Assert.True(X25519.TryDerive(scalar, u, own));
            Assert.Equal(expected, own.ToArray());

            Reference.ScalarMultBase(scalar, 0, expected, 0);
            X25519.DerivePublic(scalar, own);
            Assert.Equal(expected, own.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(SmallOrder))]
    public void A_point_of_small_order_gives_false_and_zeros(string u)
    {
        var shared = new byte[32];
        shared.AsSpan().Fill(0xaa);
        var scalar = new byte[32];
        new SeededRandomSource(u).Fill(scalar);

        Assert.False(X25519.TryDerive(scalar, Convert.FromHexString(u), shared));
        Assert.Equal(new byte[32], shared);
        Assert.False(PublicPoint.IsMontgomeryPoint(Convert.FromHexString(u)));
    }

    [Theory]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true)]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false)]
    [InlineData("ffeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080", false)]
    [InlineData("0900000000000000000000000000000000000000000000000000000000000000", true)]
    [InlineData("09", false)]
    public void Canonical_is_below_the_prime(string u, bool expected) =>
        Assert.Equal(expected, X25519.IsCanonical(Convert.FromHexString(u)));

    [Fact]
    public void Half_of_all_coordinates_are_on_the_curve_and_every_public_key_is()
    {
        var random = new SeededRandomSource("points");
        var u = new byte[32];
        var onCurve = 0;
        for (var i = 0; i < 100; i++)
        {
            random.Fill(u);
            X25519.DerivePublic(u, u);
            Assert.True(PublicPoint.IsMontgomeryPoint(u));
            random.Fill(u);
            u[31] &= 0x7f;
            onCurve += PublicPoint.IsMontgomeryPoint(u) ? 1 : 0;
        }

        Assert.InRange(onCurve, 30, 70);
    }

    [Fact]
    public void A_derive_allocates_nothing_on_the_gc_heap()
    {
        Span<byte> scalar = stackalloc byte[32];
        Span<byte> u = stackalloc byte[32];
        scalar.Fill(7);
        X25519.DerivePublic(scalar, u);
        X25519.TryDerive(scalar, u, u);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            X25519.TryDerive(scalar, u, u);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
