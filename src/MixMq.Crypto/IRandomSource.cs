namespace MixMq.Crypto;

/// <summary>
/// Where random bytes come from. Cores take it as an argument: programs pass <see cref="SystemRandomSource"/>, tests a seeded stream.
/// </summary>
/// <remarks>Whether an implementation may be shared between threads is its own to say.</remarks>
public interface IRandomSource
{
    /// <summary>Fills all of <paramref name="destination"/>; an empty span is allowed and draws nothing.</summary>
    /// <param name="destination">Overwritten completely.</param>
    void Fill(Span<byte> destination);
}
