namespace MixMq.Sphinx;

/// <summary>Packets to be unwrapped together, as their owner keeps them: nothing is copied or gathered for <see cref="Unwrapper.UnwrapBatch"/>.</summary>
/// <remarks>While a batch is being unwrapped, each member gives the same answer however often it is asked, and no two packets share a byte.</remarks>
public interface IUnwrapBatch
{
    /// <summary>How many packets there are, 0 to <see cref="Unwrapper.MaxBatch"/>.</summary>
    int Count { get; }

    /// <summary>A packet, to be unwrapped in place.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <returns>Its bytes as received; any length.</returns>
    Span<byte> Packet(int index);

    /// <summary>The keys that a packet may be for, the likelier first.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <returns>As the argument of <see cref="Unwrapper.Unwrap"/>.</returns>
    ReadOnlySpan<MixKey> Candidates(int index);
}
