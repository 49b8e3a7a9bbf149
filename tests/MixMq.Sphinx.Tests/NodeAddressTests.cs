using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Tests;

public sealed class NodeAddressTests
{
    private const string Characters = "qpzry9x8gf2tvdw0s3jn54khce6mua7lQPZRY9XMI1bio-_ .é";

    [Theory] // BIP-350, "valid Bech32m", lower-cased
    [InlineData("a1lqfn3a")]
    [InlineData("an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6")]
    [InlineData("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx")]
    [InlineData("11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8")]
    [InlineData("split1checkupstagehandshakeupstreamerranterredcaperredlc445v")]
    [InlineData("?1v759aa")]
    public void The_checksum_is_that_of_bip_350(string text)
    {
        var separator = text.LastIndexOf('1');
        var groups = text[(separator + 1)..].Select(c => (byte)Bech32m.Alphabet.IndexOf(c, StringComparison.Ordinal)).ToArray();
        Assert.Equal(Bech32m.Constant, Bech32m.Polymod(text[..separator], groups));
        groups[0] ^= 1;
        Assert.NotEqual(Bech32m.Constant, Bech32m.Polymod(text[..separator], groups));
    }

    [Fact]
    [Trait("Spec", "SPX-1")]
    public void An_address_is_read_back_from_its_text_in_either_case()
    {
        for (var i = 0; i < 30; i++)
        {
            var address = Some(i);
            var text = address.ToString();
            Assert.Equal(NodeAddress.TextLength, text.Length);
            Assert.StartsWith("mix1", text, StringComparison.Ordinal);
            Assert.True(NodeAddress.TryParse(text, out var parsed, out var error));
            Assert.Equal(AddressError.None, error);
            Assert.Equal(address, parsed);
            Assert.True(NodeAddress.TryParse(text.ToUpperInvariant(), out parsed, out _));
            Assert.Equal(address, parsed);
        }
    }

    [Fact]
    public void Any_one_or_two_changed_characters_are_detected()
    {
        var addresses = Enumerable.Range(0, 10).Select(i => Some(i).ToString()).ToArray();
        var changes =
            from address in Gen.Elements(addresses)
            from first in Gen.Choose(0, NodeAddress.TextLength - 1)
            from second in Gen.Choose(0, NodeAddress.TextLength - 1)
            from a in Gen.Elements(Characters.ToCharArray())
            from b in Gen.Elements(Characters.ToCharArray())
            select (address, first, second, a, b);
        Prop.ForAll(changes.ToArbitrary(), change =>
        {
            var text = change.address.ToCharArray();
            text[change.first] = change.a;
            text[change.second] = change.b;
            var typed = new string(text);
            return typed == change.address || !NodeAddress.TryParse(typed, out _, out _);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithReplay(11, 13));
    }

    [Fact]
    [Trait("Spec", "SPX-1")]
    public void Each_mistake_has_its_own_error_and_sentence()
    {
        var text = Some(1).ToString();
        var notAKey = NodeAddress.FromBytes(Convert.FromHexString("0200000000000000000000000000000000000000000000000000000000000000"));
        Check(null, AddressError.Empty);
        Check("", AddressError.Empty);
        Check("max" + text[3..], AddressError.WrongPrefix);
        Check("mix", AddressError.WrongPrefix);
        Check(text[..^1], AddressError.WrongLength);
        Check(text + "q", AddressError.WrongLength);
        Check(text[..10] + text[10..].ToUpperInvariant(), AddressError.MixedCase);
        Check(text[..20] + "b" + text[21..], AddressError.InvalidCharacter);
        Check(text[..20] + (text[20] == 'q' ? "p" : "q") + text[21..], AddressError.ChecksumMismatch);
        Check(WithOddPadding(), AddressError.InvalidPadding);
        Check(notAKey.ToString(), AddressError.NotAKey);
        Assert.Equal(Enum.GetValues<AddressError>().Length, Enum.GetValues<AddressError>().Select(e => e.Describe()).Distinct().Count());
        Assert.Contains("mistyped", AddressError.ChecksumMismatch.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_are_ordered_by_their_bytes()
    {
        var random = new SeededRandomSource("order");
        var bytes = new byte[2][];
        for (var i = 0; i < 200; i++)
        {
            for (var j = 0; j < 2; j++)
            {
                bytes[j] = new byte[32];
                random.Fill(bytes[j].AsSpan(random.NextInt32(32)));
            }

            var (left, right) = (NodeAddress.FromBytes(bytes[0]), NodeAddress.FromBytes(bytes[1]));
            var expected = Math.Sign(bytes[0].AsSpan().SequenceCompareTo(bytes[1]));
            Assert.Equal(expected, Math.Sign(left.CompareTo(right)));
            Assert.Equal(expected < 0, left < right);
            Assert.Equal(expected == 0, left == right);
            Assert.Equal(bytes[0], left.ToArray());
        }
    }

    [Fact]
    [Trait("Spec", "SPX-2")]
    public void Bytes_from_others_must_be_a_valid_key()
    {
        Assert.True(NodeAddress.TryFromBytes(Some(3).ToArray(), out var address));
        Assert.Equal(Some(3), address);
        Assert.False(NodeAddress.TryFromBytes(new byte[32], out _));
        Assert.False(NodeAddress.TryFromBytes(new byte[31], out _));
        Assert.Throws<ArgumentException>(() => NodeAddress.FromBytes(new byte[33]));
    }

    private static void Check(string? text, AddressError expected)
    {
        Assert.False(NodeAddress.TryParse(text, out var address, out var error));
        Assert.Equal(expected, error);
        Assert.Equal(default, address);
    }

    private static NodeAddress Some(int seed)
    {
        var bytes = new byte[32];
        new SeededRandomSource(seed).Fill(bytes);
        Ed25519.DerivePublic(bytes, bytes);
        return NodeAddress.FromBytes(bytes);
    }

    private static string WithOddPadding()
    {
        var groups = new byte[58];
        groups[51] = 1;
        var checksum = Bech32m.Polymod("mix", groups) ^ Bech32m.Constant;
        for (var i = 0; i < 6; i++)
        {
            groups[52 + i] = (byte)((checksum >> (5 * (5 - i))) & 31);
        }

        return "mix1" + string.Concat(groups.Select(g => Bech32m.Alphabet[g]));
    }
}
