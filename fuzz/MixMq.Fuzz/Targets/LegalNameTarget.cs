using System.Text;
using MixMq.Overlay.Map;

namespace MixMq.Fuzz.Targets;

/// <summary>A legal name as somebody types it, or as an entry of the map has it.</summary>
internal sealed class LegalNameTarget : FuzzTarget
{
    public override string Name => "legal-name";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Map.LegalNameParser::", "MixMq.Overlay.Map.LegalName::", "MixMq.Overlay.Map.NameCharacters::", "MixMq.Overlay.Map.LookAlikes::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
        from seed in (IEnumerable<(string Name, string Text)>)
        [
            ("plain", "CN=Bank A,O=Bank A plc,C=GB"),
            ("levels", "OU=Sales+CN=J. Smith,O=Widget Inc."),
            ("numbers", "2.5.4.3 = Bank , 0.9.2342.19200300.100.1.25=example"),
            ("escapes", @"O=Sue\, Grabbit\+,CN=\#1\C4\8D\20x"),
            ("hexadecimal", "CN=#0C0642616e6b2041,O=#130141"),
            ("scripts", "CN=Банк+O=三菱UFJ銀行,L=Ελλάς,ST=بنك,OU=Straße İı ẞ"),
            ("mixed", "CN=B\u0430nk,O=\u0410\u0412\u0421"),
            ("marks", "CN=\u0915\u093e\u0928,O=\u09c7\u09be"),
            ("quoted", "CN=\"A\""),
            ("cut-off", @"CN=A\"),
        ]
        select (seed.Name, Encoding.UTF8.GetBytes(seed.Text));

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        var error = LegalName.TryParse(text, out var name);
        InvariantException.Require((error == LegalNameError.None) == (name is not null), "A name that is taken has no error.");
        if (name is null)
        {
            return false;
        }

        InvariantException.Require(Encoding.UTF8.GetByteCount(name.Text) <= MapLimits.MaxNameBytes, "A name is no longer than its limit.");
        _ = LegalName.TryParse(name.Text, out var again);
        InvariantException.Require(again is not null && again.Text == name.Text && again.Equals(name), "The normal form is a name's own.");
        InvariantException.Require(again!.Skeleton() == name.Skeleton() && name.Contains(again), "Equal names look alike, and contain each other.");
        foreach (var rune in name.Display().EnumerateRunes())
        {
            InvariantException.Require(
                Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator
                    or System.Globalization.UnicodeCategory.ParagraphSeparator),
                "What is shown of a name moves no cursor and turns nothing round.");
        }

        return true;
    }
}
