namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>The check of captured records finds what it is there to find.</summary>
public sealed class CellCheckTests
{
    private const int CellBytes = 3170;
    private const int OneCell = CellBytes + CellCheck.AddedBytes;
    private const int FiveCells = (5 * CellBytes) + CellCheck.AddedBytes;

    [Fact]
    public void Whole_cells_after_a_handshake_up_to_the_close_are_counted()
    {
        var (cells, breach) = CellCheck.Of([Plain(22, 122), Plain(20, 1), Of(800), Of(53), Of(OneCell), Of(FiveCells), Of(OneCell), Of(19)], CellBytes);
        Assert.Null(breach);
        Assert.Equal(7, cells);
    }

    [Theory]
    [InlineData(OneCell - 1)]
    [InlineData(OneCell + 1)]
    [InlineData(100)]
    [InlineData(19)]
    public void A_record_of_another_size_between_cells_is_a_breach(int length) =>
        Assert.Contains($"{length} bytes", CellCheck.Of([Of(800), Of(OneCell), Of(length), Of(OneCell)], CellBytes).Breach, StringComparison.Ordinal);

    [Fact]
    public void A_last_record_that_is_neither_cells_nor_the_close_is_a_breach() => Assert.NotNull(CellCheck.Of([Of(800), Of(OneCell), Of(100)], CellBytes).Breach);

    [Fact]
    public void A_record_in_the_clear_after_cells_is_a_breach() => Assert.NotNull(CellCheck.Of([Of(800), Of(OneCell), Plain(21, OneCell)], CellBytes).Breach);

    [Fact]
    public void More_than_a_handshake_before_the_first_cell_is_a_breach() =>
        Assert.Contains("no cells", CellCheck.Of([Of(800), Of(900), Of(901), Of(OneCell)], CellBytes).Breach, StringComparison.Ordinal);

    [Fact]
    public void A_connection_that_never_came_to_cells_may_only_have_a_handshake()
    {
        Assert.Equal((0, null), CellCheck.Of([Plain(22, 122), Of(800)], CellBytes));
        Assert.NotNull(CellCheck.Of([Of(4000)], CellBytes).Breach);
    }

    private static TlsRecord Of(int length) => Plain(TlsRecord.Encrypted, length);

    private static TlsRecord Plain(byte type, int length) => new(type, length);
}
