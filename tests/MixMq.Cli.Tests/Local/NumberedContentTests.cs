using FsCheck;
using FsCheck.Fluent;
using MixMq.Cli.Local;

namespace MixMq.Cli.Tests.Local;

public sealed class NumberedContentTests
{
    private static readonly byte[] Seed = new byte[32];

    [Theory]
    [InlineData(NumberedContent.HeaderBytes)]
    [InlineData(17)]
    [InlineData(4096)]
    public void A_content_says_which_message_it_is(int size)
    {
        Assert.True(NumberedContent.TryIdentify(Seed, NumberedContent.Create(Seed, 5, 77, size), out var pair, out var sequence));
        Assert.Equal((5, 77), (pair, sequence));
    }

    [Fact]
    public void One_changed_bit_anywhere_is_seen()
    {
        var content = NumberedContent.Create(Seed, 1, 2, 256);
        Prop.ForAll(Gen.Choose(0, (content.Length * 8) - 1).ToArbitrary(), bit =>
        {
            var changed = (byte[])content.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            return !NumberedContent.TryIdentify(Seed, changed, out _, out _);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_cut_content_and_one_of_another_demo_are_not_recognized()
    {
        var content = NumberedContent.Create(Seed, 1, 2, 256);
        Assert.False(NumberedContent.TryIdentify(Seed, content.AsSpan(0, 255), out _, out _));
        Assert.False(NumberedContent.TryIdentify([1, 2, 3], content, out _, out _));
        Assert.False(NumberedContent.TryIdentify(Seed, [], out _, out _));
    }
}
