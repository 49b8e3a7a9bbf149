namespace MixMq.Spec.Tests;

/// <summary>The tables of constants in spec/02 say what the code does.</summary>
public sealed class ConstantTests
{
    private const string File = "spec/02-conventions-and-constants.md";
    private static readonly SpecDocument Document = SpecDocument.Parse(File, SourceTree.Read(File));

    /// <summary>Not constants: what they are depends on the machine, or on the object they are asked of.</summary>
    private static readonly string[] NoConstants = ["LimitsConfiguration.CryptoWorkers"];

    [Fact]
    public void The_tables_have_the_values_of_the_code() => Faults.None(ConstantTable.Differences(Document, CodeConstant.Read));

    [Fact]
    public void No_constant_of_a_type_in_the_tables_is_left_out()
    {
        var named = ConstantTable.Names(Document).ToHashSet(StringComparer.Ordinal);
        Assert.True(named.Count > 100);
        Faults.None(
            named.Select(name => name.Split('.')[0]).Distinct().Select(CodeConstant.FindType).OfType<Type>()
                .SelectMany(CodeConstant.Members).Except(named).Except(NoConstants));
    }

    [Fact]
    public void Whole_types_of_constants_are_in_the_tables() => Assert.Subset(
        ConstantTable.Names(Document).Select(name => name.Split('.')[0]).ToHashSet(StringComparer.Ordinal),
        new HashSet<string>(["PacketFormat", "LinkProtocol", "LinkTuning", "TopologyLimits", "MessagingConstants", "ViewLimits", "OverlayOptions", "EndpointOptions"]));

    [Fact]
    public void A_wrong_value_a_wrong_unit_a_wrong_name_and_a_row_that_can_not_be_read_are_found()
    {
        const string Sample = """
            | constant | value | unit | agreed | used in | code |
            |---|---|---|---|---|---|
            | right | 10 | s | yes | 04 | `LinkProtocol.HandshakeMicros` |
            | a power | 2^30 | | no | 03 | `ReplayFilter.MaxCapacity` |
            | a default | 16,384 | | no | 05 | `OverlayOptions.DelayQueueLimit` |
            | a way | 10 | | yes | 03 | `PacketGeometry.Default.Hops` |
            | wrong value | 57 | bytes | yes | 03 | `PacketFormat.SlotBytes` |
            | wrong unit | 10 | ms | yes | 04 | `LinkProtocol.HandshakeMicros` |
            | no member | 1 | | yes | 04 | `LinkProtocol.Nothing` |
            | no type | 1 | | yes | 04 | `Nothing.Version` |
            | no number | many | | yes | 04 | `LinkProtocol.NonceBytes` |
            """;
        var sample = SpecDocument.Parse("x", Sample);
        Assert.Equal(
            [
                "x:7: PacketFormat.SlotBytes is 56 in the code, 57 in the table",
                "x:8: LinkProtocol.HandshakeMicros is 10000000 in the code, 10000 in the table",
                "x:9: LinkProtocol.Nothing isn't in the code",
                "x:10: Nothing.Version isn't in the code",
                "x:11: can't be read",
            ],
            ConstantTable.Differences(sample, CodeConstant.Read));
        Assert.Contains("PacketFormat.ReplyNonceBytes", CodeConstant.Members(typeof(Sphinx.PacketFormat)));
        Assert.Contains("OverlayOptions.RecordLimit", CodeConstant.Members(typeof(Overlay.OverlayOptions)));
    }
}
