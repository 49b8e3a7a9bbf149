using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MixMq.Cli.Receiving;

namespace MixMq.Cli.Tests.Receiving;

public sealed class SafeFileNameTests
{
    [Fact]
    public void Any_label_gives_one_short_visible_name_without_separators()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), label =>
        {
            var name = SafeFileName.Create(12, [0xab, 0xcd, 0xef, 0x01], label ?? "");
            return name.StartsWith("0000000012-abcdef01", StringComparison.Ordinal)
                && Path.GetFileName(name) == name
                && Encoding.UTF8.GetByteCount(name) <= 160
                && name.EnumerateRunes().All(rune => Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '-' or '_');
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("report.pdf", "-report.pdf")]
    [InlineData("../../.ssh/authorized_keys", "-authorized_keys")]
    [InlineData("Übersicht 2026.txt", "-Übersicht_2026.txt")]
    [InlineData("...", "")]
    [InlineData("", "")]
    public void What_is_harmless_of_a_label_stays(string label, string suffix) =>
        Assert.Equal("0000000001-00000000" + suffix, SafeFileName.Create(1, new byte[16], label));

    [Fact]
    public void A_long_label_is_cut_between_characters() =>
        Assert.Equal("0000000001-00000000-" + new string('ä', 60), SafeFileName.Create(1, new byte[16], new string('ä', 255)));
}
