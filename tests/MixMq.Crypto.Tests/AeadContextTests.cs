using System.Security.Cryptography;
using MixMq.Simulation;
using MixMq.Testing;
using Org.BouncyCastle.Crypto.Parameters;
using Reference = Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305;

namespace MixMq.Crypto.Tests;

public sealed class AeadContextTests : IDisposable
{
    private readonly AeadContext _aead = new();

    public void Dispose() => _aead.Dispose();

    [Theory] // RFC 8439, appendix A.1, vectors 2, 3 and 4 (zero nonce; block counters 1, 1 and 2)
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000",
        0,
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001",
        0,
        "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0")]
    [InlineData(
        "00ff000000000000000000000000000000000000000000000000000000000000",
        64,
        "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096")]
    public void The_keystream_is_that_of_rfc_8439_from_block_one(string key, int offset, string expected)
    {
        var stream = new byte[64];
        _aead.XorKeystream(Convert.FromHexString(key), stream, offset);
        Assert.Equal(expected, Convert.ToHexStringLower(stream));
    }

    [Fact]
    public void Sealing_agrees_with_two_other_implementations_on_random_inputs()
    {
        var random = new SeededRandomSource("aead");
        var key = new byte[32];
        var nonce = new byte[12];
        for (var i = 0; i < 100; i++)
        {
            random.Fill(key);
            var text = new byte[random.NextInt32(3000)];
            var data = new byte[random.NextInt32(100)];
            random.Fill(text);
            random.Fill(data);
            var expected = new byte[text.Length];
            var expectedTag = new byte[16];
            using (var system = new ChaCha20Poly1305(key))
            {
                system.Encrypt(nonce, text, expected, expectedTag, data);
            }

            var reference = new Reference();
            reference.Init(forEncryption: true, new AeadParameters(new KeyParameter(key), 128, nonce, data));
            var both = new byte[reference.GetOutputSize(text.Length)];
            reference.DoFinal(both, reference.ProcessBytes(text, 0, text.Length, both, 0));
            Assert.Equal([.. expected, .. expectedTag], both);

            var sealedText = (byte[])text.Clone();
            var tag = new byte[16];
            _aead.Seal(key, data, sealedText, tag);
            Assert.Equal(expected, sealedText);
            Assert.Equal(expectedTag, tag);
            Assert.True(_aead.Open(key, data, sealedText, tag));
            Assert.Equal(text, sealedText);
        }
    }

    [Fact]
    public void The_keystream_is_the_ciphertext_of_zeros()
    {
        var key = Enumerable.Repeat((byte)9, 32).ToArray();
        var sealedZeros = new byte[700];
        var stream = new byte[700];
        _aead.Seal(key, default, sealedZeros, new byte[16]);
        _aead.XorKeystream(key, stream);
        Assert.Equal(sealedZeros, stream);
    }

    [Fact]
    public void A_failed_open_leaves_the_text_as_it_was()
    {
        var key = Enumerable.Repeat((byte)1, 32).ToArray();
        var other = Enumerable.Repeat((byte)2, 32).ToArray();
        var data = new byte[33];
        var text = new byte[2608];
        var tag = new byte[16];
        new SeededRandomSource(1).Fill(text);
        var plain = (byte[])text.Clone();
        _aead.Seal(key, data, text, tag);
        var cipher = (byte[])text.Clone();

        Assert.False(_aead.Open(other, data, text, tag));
        Assert.Equal(cipher, text);
        tag[3] ^= 4;
        Assert.False(_aead.Open(key, data, text, tag));
        Assert.Equal(cipher, text);
        tag[3] ^= 4;
        data[32] ^= 1;
        Assert.False(_aead.Open(key, data, text, tag));
        data[32] ^= 1;
        Assert.True(_aead.Open(key, data, text, tag));
        Assert.Equal(plain, text);
    }

    [Fact]
    public void Any_offset_and_any_cut_give_parts_of_one_keystream()
    {
        var key = Enumerable.Repeat((byte)3, 32).ToArray();
        var whole = new byte[400];
        _aead.XorKeystream(key, whole);
        for (var offset = 0; offset < 200; offset++)
        {
            var part = new byte[200];
            _aead.XorKeystream(key, part.AsSpan(0, offset), offset);
            _aead.ContinueKeystream(part.AsSpan(offset));
            Assert.Equal(whole[offset..(offset + 200)], part);
        }
    }

    [Fact]
    public void Nothing_is_allocated_on_the_gc_heap()
    {
        Span<byte> key = stackalloc byte[32];
        Span<byte> tag = stackalloc byte[16];
        Span<byte> text = stackalloc byte[600];
        Round(key, text, tag);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            Round(key, text, tag);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Wrong_lengths_are_the_callers_bug()
    {
        Assert.Throws<ArgumentException>(() => _aead.Seal(new byte[31], default, default, new byte[16]));
        Assert.Throws<ArgumentException>(() => _aead.Open(new byte[32], default, default, new byte[15]));
    }

    private void Round(Span<byte> key, Span<byte> text, Span<byte> tag)
    {
        _aead.Seal(key, key, text, tag);
        tag[0] ^= 1;
        _ = _aead.Open(key, key, text, tag);
        tag[0] ^= 1;
        _ = _aead.Open(key, key, text, tag);
        _aead.XorKeystream(key, text, 56);
    }
}
