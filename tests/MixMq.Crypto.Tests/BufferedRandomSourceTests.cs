namespace MixMq.Crypto.Tests;

public sealed class BufferedRandomSourceTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(5000)]
    public void Draws_of_any_size_fill_all_and_never_come_twice(int length)
    {
        using var random = new BufferedRandomSource();
        var drawn = new HashSet<string>();
        for (var draw = 0; draw < 300; draw++)
        {
            var bytes = new byte[length];
            random.Fill(bytes);
            Assert.True(drawn.Add(Convert.ToHexString(bytes)));
            // Eight zero bytes in a row are no chance of 300 draws: something wasn't filled, or was given out after it had been cleared.
            Assert.True(bytes.AsSpan().IndexOf(new byte[8]) < 0);
        }
    }

    [Fact]
    public void An_empty_draw_is_none()
    {
        using var random = new BufferedRandomSource();
        random.Fill([]);
    }
}
