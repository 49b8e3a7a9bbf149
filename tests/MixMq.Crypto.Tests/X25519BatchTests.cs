using MixMq.Simulation;
using BouncyCastle = Org.BouncyCastle.Math.EC.Rfc7748.X25519;

namespace MixMq.Crypto.Tests;

/// <summary>Every path of the batch ladder against libcrypto, on what is usual and on every edge.</summary>
public sealed class X25519BatchTests
{
    /// <summary>How many random pairs each path multiplies: 100,000 in a night.</summary>
    private const string PairsVariable = "MIXMQ_TEST_PAIRS";

    private const int FewPairs = 700;

    private static readonly string[] EdgeCoordinates =
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0200000000000000000000000000000000000000000000000000000000000000", // on the twist
        "0900000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p − 1
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p + 1
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // 2^255 − 1
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", // with bit 255
        "0900000000000000000000000000000000000000000000000000000000000080",
        "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f2ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f4ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f5ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "faffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "fbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "fcffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "fdffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "feffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080", // of small order, with bit 255
        "0100000000000000000000000000000000000000000000000000000000000080",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    private static readonly string[] EdgeScalars =
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "f8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "5555555555555555555555555555555555555555555555555555555555555555",
    ];

    [Theory]
    [InlineData("scalar", LadderPath.Scalar)]
    [InlineData("libcrypto", LadderPath.LibCrypto)]
    public void The_switch_chooses_the_path(string wanted, LadderPath path) => Assert.Equal(path, X25519Batch.Choose(wanted));

    [Theory]
    [InlineData("avx2", LadderPath.Avx2)]
    [InlineData("avx512", LadderPath.Avx512)]
    public void The_switch_asks_for_instructions_that_must_be_there(string wanted, LadderPath path)
    {
        if (X25519Batch.IsSupported(path))
        {
            Assert.Equal(path, X25519Batch.Choose(wanted));
        }
        else
        {
            Assert.Throws<PlatformNotSupportedException>(() => X25519Batch.Choose(wanted));
        }
    }

    [Theory]
    [InlineData("AVX2")]
    [InlineData("avx-512")]
    [InlineData("fast")]
    public void A_switch_that_is_misspelt_is_refused(string wanted) => Assert.Contains("avx512, avx2, scalar or libcrypto", Assert.Throws<ArgumentException>(() => X25519Batch.Choose(wanted)).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_the_switch_the_best_path_is_taken() => Assert.Equal(Enum.GetValues<LadderPath>().Where(X25519Batch.IsSupported).MaxBy(Rank), X25519Batch.Choose(null));

    public static TheoryData<LadderPath> Paths() => [.. Enum.GetValues<LadderPath>().Where(X25519Batch.IsSupported)];

    public static TheoryData<LadderPath, int> PathsAndSizes()
    {
        var data = new TheoryData<LadderPath, int>();
        foreach (var path in Enum.GetValues<LadderPath>().Where(X25519Batch.IsSupported))
        {
            foreach (var pairs in path is LadderPath.LibCrypto or LadderPath.Scalar ? new[] { 1 } : [1, 2, 8])
            {
                data.Add(path, pairs);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Random_pairs_give_what_libcrypto_and_bouncy_castle_give(LadderPath path)
    {
        var pairs = int.TryParse(Environment.GetEnvironmentVariable(PairsVariable), out var asked) ? asked : FewPairs;
        var random = new SeededRandomSource($"batch {path}");
        var (scalar, u, product) = (new byte[32], new byte[32], new byte[32]);
        for (var done = 0; done < pairs; done += 1_000)
        {
            var count = Math.Min(1_000, pairs - done);
            var (scalars, us) = (new byte[count * 32], new byte[count * 32]);
            random.Fill(scalars);
            random.Fill(us);
            var products = Derive(path, scalars, us);
            Assert.Equal(Convert.ToHexString(Expected(scalars, us)), Convert.ToHexString(products));
            for (var i = 0; i < products.Length; i += 32)
            {
                scalars.AsSpan(i, 32).CopyTo(scalar);
                us.AsSpan(i, 32).CopyTo(u);
                BouncyCastle.ScalarMult(scalar, 0, u, 0, product, 0);
                Assert.Equal(Convert.ToHexString(product), Convert.ToHexString(products.AsSpan(i, 32)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_edge_gives_what_libcrypto_gives(LadderPath path)
    {
        var cases = EdgeScalars.SelectMany(scalar => EdgeCoordinates.Select(u => (Scalar: Convert.FromHexString(scalar), U: Convert.FromHexString(u)))).ToArray();
        byte[] scalars = [.. cases.SelectMany(one => one.Scalar)];
        byte[] us = [.. cases.SelectMany(one => one.U)];
        var expected = Convert.ToHexString(Expected(scalars, us));
        Assert.Equal(expected, Convert.ToHexString(Derive(path, scalars, us)));

        // Few at a time are computed in another way.
        foreach (var bytes in new[] { 32, 64 })
        {
            Assert.Equal(expected, string.Concat(Enumerable.Range(0, scalars.Length / bytes).Select(i =>
                Convert.ToHexString(Derive(path, scalars[(i * bytes)..((i + 1) * bytes)], us[(i * bytes)..((i + 1) * bytes)])))));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Batches_of_every_size_give_the_same_in_every_place(LadderPath path)
    {
        var random = new SeededRandomSource("sizes");
        var (scalars, us) = (new byte[65 * 32], new byte[65 * 32]);
        random.Fill(scalars);
        random.Fill(us);
        Convert.FromHexString(EdgeCoordinates[4]).CopyTo(us, 5 * 32);
        var expected = Expected(scalars, us);
        for (var size = 1; size <= 65; size++)
        {
            var start = (65 - size) / 2 * 32;
            var product = Derive(path, scalars[start..(start + (size * 32))], us[start..(start + (size * 32))]);
            Assert.Equal(Convert.ToHexString(expected.AsSpan(start, size * 32)), Convert.ToHexString(product));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Neighbours_that_are_of_small_order_change_nothing(LadderPath path)
    {
        var random = new SeededRandomSource("neighbours");
        var (scalars, us) = (new byte[64 * 32], new byte[64 * 32]);
        random.Fill(scalars);
        random.Fill(us);
        var expected = Expected(scalars, us);
        for (var kept = 0; kept < 64; kept += 7)
        {
            var changed = new byte[64 * 32];
            for (var lane = 0; lane < 64; lane++)
            {
                Convert.FromHexString(EdgeCoordinates[(lane * 5) % 7]).CopyTo(changed, lane * 32);
            }

            us.AsSpan(kept * 32, 32).CopyTo(changed.AsSpan(kept * 32));
            var product = Derive(path, scalars, changed);
            Assert.Equal(Convert.ToHexString(expected.AsSpan(kept * 32, 32)), Convert.ToHexString(product.AsSpan(kept * 32, 32)));
        }
    }

    [Theory]
    [MemberData(nameof(PathsAndSizes))]
    public void A_thousand_iterations_give_the_value_of_rfc_7748(LadderPath path, int pairs)
    {
        // As many side by side as take another way; all must end alike.
        var (scalar, u) = (new byte[pairs * 32], new byte[pairs * 32]);
        for (var lane = 0; lane < pairs; lane++)
        {
            scalar[lane * 32] = u[lane * 32] = 9;
        }

        for (var i = 0; i < 1_000; i++)
        {
            var product = Derive(path, scalar, u);
            (scalar, u) = (product, scalar);
        }

        for (var lane = 0; lane < pairs; lane++)
        {
            Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Convert.ToHexStringLower(scalar.AsSpan(lane * 32, 32)));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Scalars_that_are_not_clamped_multiply_as_they_are(LadderPath path)
    {
        // (k · 8) u and k (8 u) are the same point; so are 1 · u and u, and 0 · u is the point at infinity.
        var (scalars, us) = (new byte[16 * 32], new byte[16 * 32]);
        new SeededRandomSource("unclamped").Fill(scalars);
        var eight = new byte[16 * 32];
        for (var lane = 0; lane < 16; lane++)
        {
            us[lane * 32] = 9;
            eight[lane * 32] = 8;
            scalars[(lane * 32) + 31] &= 0x0f;
        }

        var shifted = new byte[16 * 32];
        for (var lane = 0; lane < 16; lane++)
        {
            var value = new System.Numerics.BigInteger(scalars.AsSpan(lane * 32, 32), isUnsigned: true) * 8;
            Assert.True(value.TryWriteBytes(shifted.AsSpan(lane * 32, 32), out _, isUnsigned: true));
        }

        Assert.Equal(Convert.ToHexString(Multiply(path, scalars, Multiply(path, eight, us))), Convert.ToHexString(Multiply(path, shifted, us)));
        var one = new byte[16 * 32];
        for (var lane = 0; lane < 16; lane++)
        {
            one[lane * 32] = (byte)(lane % 2);
        }

        var products = Multiply(path, one, us);
        for (var lane = 0; lane < 16; lane++)
        {
            Assert.Equal(lane % 2 * 9, products[lane * 32]);
            Assert.False(products.AsSpan((lane * 32) + 1, 31).ContainsAnyExcept((byte)0));
        }
    }

    [Fact]
    public void Lengths_that_do_not_match_are_refused()
    {
        Assert.Throws<ArgumentException>(() => X25519Batch.Derive(new byte[32], new byte[64], new byte[64]));
        Assert.Throws<ArgumentException>(() => X25519Batch.Derive(new byte[31], new byte[31], new byte[31]));
    }

    private static byte[] Derive(LadderPath path, byte[] scalars, byte[] us)
    {
        var products = new byte[us.Length];
        X25519Batch.Multiply(path, scalars, us, products, clamp: true);
        return products;
    }

    private static byte[] Multiply(LadderPath path, byte[] scalars, byte[] us)
    {
        var products = new byte[us.Length];
        X25519Batch.Multiply(path, scalars, us, products, clamp: false);
        return products;
    }

    private static byte[] Expected(byte[] scalars, byte[] us)
    {
        var products = new byte[us.Length];
        for (var i = 0; i < us.Length; i += 32)
        {
            _ = X25519.TryDerive(scalars.AsSpan(i, 32), us.AsSpan(i, 32), products.AsSpan(i, 32));
        }

        return products;
    }

    private static int Rank(LadderPath path) => path switch { LadderPath.Avx512 => 3, LadderPath.Avx2 => 2, LadderPath.LibCrypto => 1, _ => 0 };
}
