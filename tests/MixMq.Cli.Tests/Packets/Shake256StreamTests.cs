using System.Security.Cryptography;
using MixMq.Cli.Packets;

namespace MixMq.Cli.Tests.Packets;

public sealed class Shake256StreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(200_000)]
    public void Bytes_are_the_output_of_shake256_however_they_are_drawn(int step)
    {
        const int Length = 400_000;
        byte[] seed = [1, 2, 3];
        var expected = Shake256.HashData(seed, Length);
        var stream = new Shake256Stream(seed);
        var drawn = new byte[Length];
        for (var at = 0; at < Length; at += step)
            stream.Fill(drawn.AsSpan(at, Math.Min(step, Length - at)));
        Assert.Equal(expected, drawn);
    }
}
