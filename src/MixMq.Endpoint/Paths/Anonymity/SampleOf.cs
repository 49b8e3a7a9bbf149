using MixMq.Crypto;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>Uniform samples without repetition.</summary>
internal static class SampleOf
{
    /// <summary>All items where there are at most so many, else so many of them at random.</summary>
    public static int[] Items(int[] items, int most, IRandomSource random)
    {
        if (items.Length <= most)
        {
            return items;
        }

        var copy = items.AsSpan().ToArray();
        for (var i = 0; i < most; i++)
        {
            var other = i + random.NextInt32(copy.Length - i);
            (copy[i], copy[other]) = (copy[other], copy[i]);
        }

        return copy[..most];
    }
}
