using FsCheck;
using FsCheck.Fluent;
using MixMq.Overlay.Links;

namespace MixMq.Overlay.Tests.Links;

public class LinkCellTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        Prop.ForAll<byte[]>(content =>
        {
            var cell = new byte[200];
            Array.Fill(cell, (byte)0xff);
            var fits = content.AsSpan(0, Math.Min(content.Length, LinkCell.ContentRoom(cell.Length)));
            LinkCell.Write(CellType.Control, fits, cell);
            return cell[0] == (byte)CellType.Control && LinkCell.TryRead(cell, out var read) && read.SequenceEqual(fits);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_byte_after_the_content_is_refused()
    {
        var cell = new byte[64];
        LinkCell.Write(CellType.Hello, [1, 2, 3], cell);
        cell[^1] = 1;
        Assert.False(LinkCell.TryRead(cell, out _));
    }

    [Fact]
    public void A_length_beyond_the_cell_is_refused()
    {
        var cell = new byte[64];
        cell[1] = 62;
        Assert.False(LinkCell.TryRead(cell, out _));
        cell[1] = 61;
        Assert.True(LinkCell.TryRead(cell, out var content));
        Assert.Equal(61, content.Length);
    }

    [Fact]
    public void Content_that_does_not_fit_is_a_bug_of_the_caller()
    {
        Assert.Throws<ArgumentException>(() => LinkCell.Write(CellType.Hello, new byte[62], new byte[64]));
        Assert.Throws<ArgumentException>(() => LinkCell.Write(CellType.Packet, [], new byte[64]));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_without_an_exception()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            var whole = LinkCell.TryRead(bytes, out var content);
            return whole || content.IsEmpty;
        }).QuickCheckThrowOnFailure();
    }
}
