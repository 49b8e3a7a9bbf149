using MixMq.Simulation;
using MixMq.Testing;
using Reference = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519;

namespace MixMq.Crypto.Tests;

public sealed class Ed25519Tests
{
    [Theory]
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void It_gives_the_values_of_rfc_8032(string seed, string publicKey, string message, string signature)
    {
        var derived = new byte[32];
        var signed = new byte[64];
        Ed25519.DerivePublic(Convert.FromHexString(seed), derived);
        Ed25519.Sign(Convert.FromHexString(seed), Convert.FromHexString(message), signed);

        Assert.Equal(publicKey, Convert.ToHexStringLower(derived));
        Assert.Equal(signature, Convert.ToHexStringLower(signed));
        Assert.True(Ed25519.Verify(derived, Convert.FromHexString(message), signed));
        Assert.True(Ed25519.IsValidPublicKey(derived));
    }

    [Fact]
    public void It_agrees_with_another_implementation_on_random_inputs()
    {
        var random = new SeededRandomSource("ed25519");
        var seed = new byte[32];
        var publicKey = new byte[32];
        var expectedKey = new byte[32];
        var signature = new byte[64];
        var expected = new byte[64];
        for (var i = 0; i < 60; i++)
        {
            random.Fill(seed);
            var message = new byte[i * 3];
            random.Fill(message);
            Reference.GeneratePublicKey(seed, 0, expectedKey, 0);
            Reference.Sign(seed, 0, message, 0, message.Length, expected, 0);
            Ed25519.DerivePublic(seed, publicKey);
            Ed25519.Sign(seed, message, signature);
            Assert.Equal(expectedKey, publicKey);
            Assert.Equal(expected, signature);
            Assert.True(Reference.Verify(signature, 0, publicKey, 0, message, 0, message.Length));
            Assert.True(Ed25519.IsValidPublicKey(publicKey));
        }
    }

    [Fact]
    public void A_changed_key_message_or_signature_does_not_verify()
    {
        var seed = new byte[32];
        var publicKey = new byte[32];
        var signature = new byte[64];
        var message = "message"u8.ToArray();
        Ed25519.DerivePublic(seed, publicKey);
        Ed25519.Sign(seed, message, signature);
        foreach (var part in new[] { publicKey, message, signature })
        {
            for (var i = 0; i < part.Length; i++)
            {
                part[i] ^= 1;
                Assert.False(Ed25519.Verify(publicKey, message, signature));
                part[i] ^= 1;
            }
        }

        Assert.True(Ed25519.Verify(publicKey, message, signature));
        Assert.False(Ed25519.Verify(publicKey.AsSpan(1), message, signature));
        Assert.False(Ed25519.Verify(publicKey, message, signature.AsSpan(1)));
    }

    [Theory]
    [Trait("Spec", "SPX-2")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")] // order 1
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // order 2
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")] // order 4
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")] // order 4
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")] // order 8
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")] // order 8
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")] // order 8
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")] // order 8
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")] // x = 0 with a sign
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")] // x = 0 with a sign
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // y = p
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // y = p + 1
    [InlineData("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // y = p + 3, a point if reduced
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")] // no point
    [InlineData("03")]
    public void Keys_of_small_order_non_canonical_ones_and_non_points_are_no_identity(string publicKey) =>
        Assert.False(Ed25519.IsValidPublicKey(Convert.FromHexString(publicKey)));
}
