using System.Numerics;
using System.Security.Cryptography;
using MixMq.Simulation;
using MixMq.Testing;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using ReferenceAead = Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305;
using ReferenceEd25519 = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519;
using ReferenceX25519 = Org.BouncyCastle.Math.EC.Rfc7748.X25519;

namespace MixMq.Crypto.Tests;

/// <summary>Each primitive beside an implementation that shares nothing with it, on the inputs where implementations tend to part.</summary>
public sealed class DifferentialTests
{
    private const string P = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    private static readonly BigInteger Order = (BigInteger.One << 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);

    [Fact]
    public void X25519_agrees_on_edges_of_scalar_and_coordinate()
    {
        string[] scalars = ["00".PadRight(64, '0'), new string('f', 64), "07".PadRight(64, '0'), "f8" + new string('f', 60) + "7f", new string('0', 62) + "80", P];
        string[] coordinates =
        [
            "00".PadRight(64, '0'), "01".PadRight(64, '0'), "02".PadRight(64, '0'), "09".PadRight(64, '0'), "ec" + P[2..], P, "ee" + P[2..], "ff" + P[2..],
            new string('f', 64), "09" + new string('0', 60) + "80", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ];
        var expected = new byte[32];
        var own = new byte[32];
        foreach (var (scalar, u) in from scalar in scalars from u in coordinates select (Bytes(scalar), Bytes(u)))
        {
            ReferenceX25519.ScalarMult(scalar, 0, u, 0, expected, 0);
            Assert.Equal(expected.Any(value => value != 0), X25519.TryDerive(scalar, u, own));
            Assert.Equal(expected, own);
        }
    }

    [Fact]
    public void X25519_of_a_point_on_the_twist_agrees()
    {
        var random = new SeededRandomSource("twist");
        var scalar = new byte[32];
        var u = new byte[32];
        var expected = new byte[32];
        var own = new byte[32];
        for (var found = 0; found < 40;)
        {
            random.Fill(scalar);
            random.Fill(u);
            u[31] &= 0x7f;
            if (PublicPoint.IsMontgomeryPoint(u))
            {
                continue;
            }

            found++;
            ReferenceX25519.ScalarMult(scalar, 0, u, 0, expected, 0);
            Assert.True(X25519.TryDerive(scalar, u, own));
            Assert.Equal(expected, own);
        }
    }

    [Fact]
    public void Ed25519_verifies_what_the_other_signs_and_both_refuse_the_same_forgeries()
    {
        var random = new SeededRandomSource("ed25519 forgeries");
        var seed = new byte[32];
        var key = new byte[32];
        var signature = new byte[64];
        for (var i = 0; i < 40; i++)
        {
            random.Fill(seed);
            var message = new byte[random.NextInt32(400)];
            random.Fill(message);
            ReferenceEd25519.GeneratePublicKey(seed, 0, key, 0);
            ReferenceEd25519.Sign(seed, 0, message, 0, message.Length, signature, 0);
            AssertBoth(true, key, message, signature);

            var reduced = new BigInteger(signature.AsSpan(32), isUnsigned: true);
            var malleable = (byte[])signature.Clone();
            Assert.True((reduced + Order).TryWriteBytes(malleable.AsSpan(32), out _, isUnsigned: true));
            AssertBoth(false, key, message, malleable);

            var changed = (byte[])signature.Clone();
            changed[random.NextInt32(64)] ^= (byte)(1 << random.NextInt32(8));
            AssertBoth(false, key, message, changed);
            AssertBoth(false, key, [.. message, 0], signature);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(2608)]
    [InlineData(65_531)]
    public void The_aead_agrees_around_block_edges_and_both_refuse_the_same_tags(int length)
    {
        var random = new SeededRandomSource(length);
        using var aead = new AeadContext();
        foreach (var dataLength in new[] { 0, 1, 15, 16, 17, 33 })
        {
            var (key, text, data, tag) = (Draw(random, 32), Draw(random, length), Draw(random, dataLength), new byte[16]);
            var expected = Reference(forEncryption: true, key, new byte[12], data, text);
            var own = (byte[])text.Clone();
            aead.Seal(key, data, own, tag);
            Assert.Equal(expected, (byte[])[.. own, .. tag]);

            tag[random.NextInt32(16)] ^= 0x10;
            Assert.Throws<Org.BouncyCastle.Crypto.InvalidCipherTextException>(() => Reference(forEncryption: false, key, new byte[12], data, [.. own, .. tag]));
            Assert.False(aead.Open(key, data, own, tag));
        }
    }

    // Nonces are always zero here, so the RFC's own example goes to the library and the reference, which the other tests rely on.
    [Fact]
    public void Library_and_reference_give_the_example_of_rfc_8439()
    {
        var key = Enumerable.Range(0x80, 32).Select(value => (byte)value).ToArray();
        var nonce = Bytes("070000004041424344454647");
        var data = Bytes("50515253c0c1c2c3c4c5c6c7");
        var text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."u8.ToArray();
        var cipher = new byte[text.Length];
        var tag = new byte[16];
        using var library = new ChaCha20Poly1305(key);
        library.Encrypt(nonce, text, cipher, tag, data);
        Assert.StartsWith("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6", Convert.ToHexStringLower(cipher), StringComparison.Ordinal);
        Assert.Equal("1ae10b594f09e26a7e902ecbd0600691", Convert.ToHexStringLower(tag));
        Assert.Equal((byte[])[.. cipher, .. tag], Reference(forEncryption: true, key, nonce, data, text));
    }

    [Fact]
    public void Shake256_agrees_around_block_edges_of_input_and_output()
    {
        // The rate is 136 bytes.
        var random = new SeededRandomSource("shake");
        foreach (var input in new[] { 0, 1, 31, 32, 134, 135, 136, 137, 271, 272, 273, 407, 408, 511, 512 })
        {
            var bytes = Draw(random, input);
            foreach (var output in new[] { 1, 16, 32, 112, 135, 136, 137, 272, 1000 })
            {
                var expected = new byte[output];
                var reference = new ShakeDigest(256);
                reference.BlockUpdate(bytes, 0, bytes.Length);
                reference.DoFinal(expected, 0, output);
                var own = new byte[output];
                Shake256Kdf.Derive(own, bytes.AsSpan(0, input / 3), bytes.AsSpan(input / 3));
                Assert.Equal(expected, own);
            }
        }
    }

    private static void AssertBoth(bool expected, byte[] key, byte[] message, byte[] signature)
    {
        Assert.Equal(expected, ReferenceEd25519.Verify(signature, 0, key, 0, message, 0, message.Length));
        Assert.Equal(expected, Ed25519.Verify(key, message, signature));
    }

    private static byte[] Reference(bool forEncryption, byte[] key, byte[] nonce, byte[] data, byte[] text)
    {
        var cipher = new ReferenceAead();
        cipher.Init(forEncryption, new AeadParameters(new KeyParameter(key), 128, nonce, data));
        var output = new byte[cipher.GetOutputSize(text.Length)];
        var written = cipher.ProcessBytes(text, 0, text.Length, output, 0);
        cipher.DoFinal(output, written);
        return output;
    }

    private static byte[] Draw(SeededRandomSource random, int length)
    {
        var bytes = new byte[length];
        random.Fill(bytes);
        return bytes;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
