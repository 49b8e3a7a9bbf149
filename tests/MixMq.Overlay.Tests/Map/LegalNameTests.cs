using System.Globalization;
using System.Text;
using MixMq.Crypto;
using MixMq.Overlay.Map;
using MixMq.Simulation;

namespace MixMq.Overlay.Tests.Map;

/// <summary>Legal names: read as RFC 4514 has them, one normal form, equal where directories say so, and shown as what they are.</summary>
public sealed class LegalNameTests
{
    [Theory]
    [Trait("Spec", "ADM-18")]
    [InlineData("CN=Bank A,O=Bank A plc,C=GB", "CN=Bank A,O=Bank A plc,C=GB")]
    [InlineData("cn = Bank  A , 2.5.4.10=Bank A plc,c=GB", "CN=Bank A,O=Bank A plc,C=GB")]
    [InlineData(@"O=Sue\, Grabbit and Runn,C=GB", @"O=Sue\, Grabbit and Runn,C=GB")]
    [InlineData(@"CN=Before\0dAfter", null)]
    [InlineData(@"CN=Lu\C4\8Di\C4\87", "CN=Lučić")]
    [InlineData(@"CN=\#1\=2 \20 x\\y", @"CN=\#1=2 x\\y")]
    [InlineData(@"OU=Sales+CN=J. Smith,O=Widget Inc.", "CN=J. Smith+OU=Sales,O=Widget Inc.")]
    [InlineData("CN=#0C0642616e6b2041", "CN=Bank A")]
    [InlineData("SERIALNUMBER=123,C=ee", "serialNumber=123,C=ee")]
    public void A_name_is_read_in_each_way_of_writing_it_and_written_in_one(string text, string? normal)
    {
        var error = LegalName.TryParse(text, out var name);
        Assert.Equal((normal is null ? LegalNameError.InvalidCharacter : LegalNameError.None, normal), (error, name?.Text));
    }

    [Theory]
    [Trait("Spec", "ADM-18")]
    [InlineData("", LegalNameError.Empty)]
    [InlineData("  ", LegalNameError.Empty)]
    [InlineData("Bank A", LegalNameError.Malformed)]
    [InlineData("CN=", LegalNameError.Malformed)]
    [InlineData("CN= ,C=GB", LegalNameError.Malformed)]
    [InlineData("CN=A,", LegalNameError.Malformed)]
    [InlineData(",CN=A", LegalNameError.Malformed)]
    [InlineData("CN=A+", LegalNameError.Malformed)]
    [InlineData("=A", LegalNameError.Malformed)]
    [InlineData("FAX=1", LegalNameError.UnknownAttribute)]
    [InlineData("2.5.4.3.1=A", LegalNameError.UnknownAttribute)]
    [InlineData("CN=A+cn=B", LegalNameError.RepeatedAttribute)]
    [InlineData("CN=\"A\"", LegalNameError.InvalidEscape)]
    [InlineData("CN=A;C=GB", LegalNameError.InvalidEscape)]
    [InlineData(@"CN=A\", LegalNameError.InvalidEscape)]
    [InlineData(@"CN=A\zz", LegalNameError.InvalidEscape)]
    [InlineData("CN=#0C", LegalNameError.InvalidHexValue)]
    [InlineData("CN=#0C0541", LegalNameError.InvalidHexValue)]
    [InlineData("CN=#3000", LegalNameError.InvalidHexValue)]
    [InlineData("CN=#zz", LegalNameError.InvalidHexValue)]
    [InlineData("CN=A\u200b", LegalNameError.InvalidCharacter)]
    [InlineData("CN=A\u202eB", LegalNameError.InvalidCharacter)]
    [InlineData("CN=A\u0308", LegalNameError.InvalidCharacter)]
    [InlineData("CN=\uff21", LegalNameError.InvalidCharacter)]
    [InlineData("CN=\ufb01", LegalNameError.InvalidCharacter)]
    [InlineData("CN=A\u00a0B", LegalNameError.InvalidCharacter)]
    [InlineData("CN=\ud800", LegalNameError.InvalidCharacter)]
    [InlineData(@"CN=\ff", LegalNameError.InvalidCharacter)]
    [InlineData("CN=\U0001F3E6", LegalNameError.InvalidCharacter)]
    public void What_is_no_name_is_refused_with_the_reason(string text, LegalNameError expected)
    {
        Assert.Equal(expected, LegalName.TryParse(text, out var name));
        Assert.Null(name);
        Assert.EndsWith(".", expected.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "ADM-18")]
    public void Limits_are_kept()
    {
        Assert.Equal(LegalNameError.TooLong, LegalName.TryParse("CN=" + new string('a', MapLimits.MaxNameBytes), out _));
        Assert.Equal(LegalNameError.None, LegalName.TryParse("CN=" + new string('a', MapLimits.MaxNameBytes - 3), out _));
        Assert.Equal(LegalNameError.TooLong, LegalName.TryParse(new string('a', 1 << 20), out _));
        Assert.Equal(LegalNameError.TooLong, LegalName.TryParse(string.Join(',', Enumerable.Repeat("OU=a", MapLimits.MaxNameAttributes + 1)), out _));
        Assert.Equal(LegalNameError.None, LegalName.TryParse(string.Join(',', Enumerable.Repeat("OU=a", MapLimits.MaxNameAttributes)), out _));
    }

    [Theory]
    [Trait("Spec", "ADM-19")]
    [InlineData("CN=Bank A,C=GB", "cn=BANK  a,C=gb", true)]
    [InlineData("CN=Straße,C=DE", "CN=STRASSE,C=DE", true)]
    [InlineData("CN=ΣΊΣΥΦΟΣ", "CN=σίσυφος", true)]
    [InlineData("CN=İş", "CN=iş", false)]
    [InlineData("CN=Bank A,C=GB", "C=GB,CN=Bank A", false)]
    [InlineData("CN=A+OU=B", "OU=B+CN=A", true)]
    [InlineData("CN=A,OU=B", "CN=A+OU=B", false)]
    [InlineData("CN=Bank A", "O=Bank A", false)]
    [InlineData("CN=Bank", "CN=B\u0430nk", false)]
    [InlineData("CN=BankA", "CN=Bank A", false)]
    [InlineData("CN=a\\,OU=b", "CN=a,OU=b", false)]
    public void Names_compare_as_directories_compare_them(string one, string other, bool equal)
    {
        var (first, second) = (Name(one), Name(other));
        Assert.Equal(equal, first.Equals(second));
        Assert.Equal(equal, first.Compare(second) == 0);
        if (equal)
        {
            Assert.Equal(first.GetHashCode(), second.GetHashCode());
        }
    }

    [Theory]
    [Trait("Spec", "ADM-20")]
    [InlineData("CN=Bank A", "CN=Bank A")]
    [InlineData("CN=Банк Москвы", "CN=Банк Москвы")]
    [InlineData("CN=三菱UFJ銀行", "CN=三菱UFJ銀行")]
    [InlineData("CN=Ελληνική Τράπεζα", "CN=Ελληνική Τράπεζα")]
    [InlineData("CN=B\u0430nk A", @"CN=B\u{430}nk A")]
    [InlineData("CN=\u0410\u0412\u0421 Bank", @"CN=\u{410}\u{412}\u{421} Bank")]
    [InlineData("CN=\u0410\u0412\u0421,C=RU", @"CN=\u{410}\u{412}\u{421},C=RU")]
    [InlineData("CN=B\u0101nk", "CN=B\u0101nk")]
    public void Mixed_scripts_and_words_that_read_as_latin_are_shown_by_their_code_points(string text, string shown)
    {
        var name = Name(text);
        Assert.Equal(text, name.Text);
        Assert.Equal(shown, name.Display());
        Assert.Equal(shown, name.ToString());
    }

    [Theory]
    [Trait("Spec", "ADM-20")]
    [InlineData("CN=Bank of Industry", "CN=B\u0430nk of lndustry", true)]
    [InlineData("CN=ABC", "CN=\u0410\u0412\u0421", true)]
    [InlineData("CN=Kerning", "CN=Keming", true)]
    [InlineData("CN=Bank 1O", "CN=Bank l0", true)]
    [InlineData("CN=Bank A", "CN=Bank B", false)]
    [InlineData("CN=Bank A", "O=Bank A", false)]
    public void Names_that_are_easily_taken_for_one_another_have_one_skeleton(string one, string other, bool alike) =>
        Assert.Equal(alike, Name(one).Skeleton() == Name(other).Skeleton());

    [Fact]
    [Trait("Spec", "ADM-18")]
    public void Every_character_of_a_name_is_seen_and_folds_once()
    {
        var taken = 0;
        for (var value = 0x80; value <= 0x10FFFF; value++)
        {
            if (!Rune.IsValid(value) || !NameCharacters.IsAllowed(new Rune(value), []))
            {
                continue;
            }

            taken++;
            var rune = new Rune(value);
            Assert.False(
                Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark,
                $"{value:x}");
            var once = Fold(rune.ToString());
            Assert.Equal((value, once), (value, Fold(once)));
        }

        Assert.InRange(taken, 75_000, 130_000);
    }

    [Fact]
    [Trait("Spec", "ADM-18")]
    public void The_normal_form_is_read_as_the_same_name_and_written_the_same()
    {
        const string Characters = "aB ,+\"\\<>;#= éßЖ中0";
        var random = new SeededRandomSource(18);
        for (var i = 0; i < 500; i++)
        {
            var text = string.Join(random.NextInt32(2) == 0 ? "," : "+", ((string[])["CN", "O", "C"])[..(1 + random.NextInt32(3))].Select(type =>
                $"{type}=x{string.Concat(Enumerable.Range(0, random.NextInt32(9)).Select(_ => Hex(Characters[random.NextInt32(Characters.Length)])))}"));
            var name = Name(text);
            var again = Name(name.Text);
            Assert.Equal(name.Text, again.Text);
            Assert.Equal(name, again);
        }
    }

    [Theory]
    [Trait("Spec", "ADM-18")]
    [InlineData("CN=\u0627\u0653")]
    [InlineData("CN=\u0627\u064E\u0653")]
    [InlineData("CN=\u0627\u064E\u0650\u0654")]
    [InlineData("CN=\u0CC6\u0CBF\u0CD5")]
    [InlineData("CN=\u0CF3")]
    [InlineData("CN=\u0C95\u0CF3")]
    [InlineData("CN=\u0E81\u0ECE")]
    public void Marks_that_would_be_joined_across_others_and_characters_newer_than_the_tables_are_refused(string text) =>
        Assert.Equal(LegalNameError.InvalidCharacter, LegalName.TryParse(text, out _));

    private static string Hex(char character) => string.Concat(Encoding.UTF8.GetBytes([character]).Select(value => $"\\{value:x2}"));

    private static string Fold(string text)
    {
        var folded = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            NameCharacters.AppendFolded(folded, rune);
        }

        return folded.ToString();
    }

    internal static LegalName Name(string text)
    {
        Assert.Equal((text, LegalNameError.None), (text, LegalName.TryParse(text, out var name)));
        return name!;
    }
}
