using System.Security.Cryptography;

namespace MixMq.Crypto.Tests;

public sealed class HashTests
{
    [Fact]
    public void The_kdf_is_shake256_of_label_and_parts_in_a_row()
    {
        byte[] input = [.. "label\0"u8, .. "one"u8, .. "two"u8, .. "three"u8, .. "four"u8];
        var output = new byte[112];
        Shake256Kdf.Derive(output, "label\0"u8, "one"u8, "two"u8, "three"u8, "four"u8);
        Assert.Equal(Shake256.HashData(input, 112), output);
    }

    [Fact]
    public void The_kdf_of_nothing_is_that_of_fips_202()
    {
        var output = new byte[32];
        Shake256Kdf.Derive(output, default);
        Assert.Equal("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f", Convert.ToHexStringLower(output));
    }

    [Fact]
    public void A_longer_output_begins_with_the_shorter_one()
    {
        var longer = new byte[200];
        var shorter = new byte[10];
        Shake256Kdf.Derive(longer, "x"u8);
        Shake256Kdf.Derive(shorter, "x"u8);
        Assert.Equal(shorter, longer[..10]);
    }

    [Fact]
    public void Too_long_an_input_is_the_callers_bug() =>
        Assert.Throws<ArgumentException>(() => Shake256Kdf.Derive(new byte[1], new byte[400], new byte[113]));

    [Fact]
    public void SipHash_gives_the_reference_value_for_sixteen_bytes()
    {
        var input = Enumerable.Range(0, 16).Select(i => (byte)i).ToArray();
        Assert.Equal(0x3f2acc7f57c29bdbUL, SipHash24.Hash(0x0706050403020100UL, 0x0f0e0d0c0b0a0908UL, input));
    }

    [Fact]
    public void Sha256_is_that_of_the_framework_for_every_length_up_to_three_blocks_and_for_long_input()
    {
        var input = Enumerable.Range(0, 70_000).Select(i => (byte)(i * 7)).ToArray();
        var hash = new byte[Sha256.HashBytes];
        foreach (var length in Enumerable.Range(0, 200).Concat([2047, 2048, 2049, 4096, 70_000]))
        {
            Sha256.Hash(input.AsSpan(0, length), hash);
            Assert.Equal(SHA256.HashData(input.AsSpan(0, length)), hash);
        }
    }

    [Fact]
    public void Sha256_of_nothing_is_that_of_fips_180()
    {
        var hash = new byte[Sha256.HashBytes];
        Sha256.Hash(default, hash);
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void Room_for_another_length_than_a_hash_is_the_callers_bug() => Assert.Throws<ArgumentException>(() => Sha256.Hash([1], new byte[31]));
}
