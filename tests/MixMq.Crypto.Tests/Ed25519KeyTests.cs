namespace MixMq.Crypto.Tests;

public sealed class Ed25519KeyTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_kept_key_signs_and_verifies_as_one_made_for_the_call_does(int length)
    {
        var message = new byte[length];
        new Random(length).NextBytes(message);
        var (once, kept, publicKey) = (new byte[64], new byte[64], new byte[32]);
        Ed25519.Sign(Seed, message, once);
        Ed25519.DerivePublic(Seed, publicKey);
        using var signing = new Ed25519SigningKey(Seed);
        using var verifying = Ed25519VerifyingKey.TryCreate(publicKey);
        for (var use = 0; use < 3; use++)
        {
            signing.Sign(message, kept);
            Assert.Equal(once, kept);
            Assert.True(verifying!.Verify(message, kept));
            kept[use] ^= 1;
            Assert.False(verifying.Verify(message, kept));
            Assert.False(verifying.Verify(message, kept.AsSpan(1)));
        }
    }

    [Fact]
    public void A_public_key_that_cant_be_an_identity_is_not_kept()
    {
        Assert.Null(Ed25519VerifyingKey.TryCreate([]));
        // The neutral element: of small order.
        Assert.Null(Ed25519VerifyingKey.TryCreate([1, .. new byte[31]]));
    }

    [Fact]
    public void A_disposed_key_signs_nothing()
    {
        var key = new Ed25519SigningKey(Seed);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign([], new byte[64]));
        Assert.Throws<ArgumentException>(() => new Ed25519SigningKey(Seed.AsSpan(1)));
    }

    [Fact]
    public void A_kept_key_serves_several_threads()
    {
        using var key = new Ed25519SigningKey(Seed);
        var expected = Enumerable.Range(0, 64).Select(number => Signature(number, (message, signature) => Ed25519.Sign(Seed, message, signature))).ToList();
        var made = Enumerable.Range(0, 64).AsParallel().AsOrdered().Select(number => Signature(number, (message, signature) => key.Sign(message, signature))).ToList();
        Assert.Equal(expected, made);
    }

    private static string Signature(int number, Action<byte[], byte[]> sign)
    {
        var signature = new byte[64];
        sign(BitConverter.GetBytes(number), signature);
        return Convert.ToHexString(signature);
    }
}
