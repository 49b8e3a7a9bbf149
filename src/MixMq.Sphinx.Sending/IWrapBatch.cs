namespace MixMq.Sphinx.Sending;

/// <summary>Packets to be made together, as their owner keeps what they are made of.</summary>
/// <remarks>While a batch is being made, each member gives the same answer however often it is asked, and no packet shares a byte with anything else.</remarks>
public interface IWrapBatch
{
    /// <summary>How many packets there are, 0 to <see cref="PacketWriter.MaxBatch"/>.</summary>
    int Count { get; }

    /// <summary>A packet's path, from the first node that unwraps to the recipient.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <returns>1 to N hops.</returns>
    ReadOnlySpan<PathHop> Path(int index);

    /// <summary>A packet's message; of cover it isn't looked at.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <returns>0 bytes to the geometry's message capacity.</returns>
    ReadOnlySpan<byte> Message(int index);

    /// <summary>Whether a packet is cover, which the last hop drops.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <returns><see langword="true"/> for cover.</returns>
    bool IsCover(int index);

    /// <summary>Where a packet is to be written.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <returns>The network's packet size; overwritten.</returns>
    Span<byte> Packet(int index);
}
