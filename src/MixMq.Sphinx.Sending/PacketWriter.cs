using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx.Sending;

/// <summary>Makes forward packets: messages, and cover traffic that looks the same.</summary>
/// <remarks>
/// Source: spec/03-sphinx.md, section 6. One instance belongs to one worker thread. Each call makes a packet that shares nothing with any
/// other, so a retransmission is a new call.
/// </remarks>
public sealed class PacketWriter : IDisposable
{
    /// <summary>Packets that one call of <see cref="WrapBatch"/> takes at most.</summary>
    public const int MaxBatch = 64;

    private readonly Onion _onion = new();

    /// <summary>Makes a packet that delivers a message to the last hop.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">From the first node that unwraps to the recipient: 1 to N hops.</param>
    /// <param name="message">0 bytes to the geometry's message capacity.</param>
    /// <param name="random">Gives 32 bytes for the ephemeral key, then the header's padding, then lane B.</param>
    /// <param name="packet">The network's packet size; overwritten. Meaningless unless the result is <see cref="WrapResult.Wrapped"/>.</param>
    /// <returns>Whether it is made, or why not.</returns>
    /// <exception cref="ArgumentException"><paramref name="packet"/> hasn't the packet size.</exception>
    public WrapResult Wrap(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        ReadOnlySpan<byte> message,
        IRandomSource random,
        Span<byte> packet) => WrapFresh(network, path, RoutingCommand.Deliver, message, random, packet);

    /// <summary>Makes a cover packet, which the last hop drops.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">1 to N hops.</param>
    /// <param name="random">As for a message.</param>
    /// <param name="packet">The network's packet size; overwritten.</param>
    /// <returns>Whether it is made, or why not.</returns>
    /// <exception cref="ArgumentException"><paramref name="packet"/> hasn't the packet size.</exception>
    public WrapResult WrapCover(NetworkDefinition network, ReadOnlySpan<PathHop> path, IRandomSource random, Span<byte> packet) =>
        WrapFresh(network, path, RoutingCommand.Drop, default, random, packet);

    /// <summary>
    /// Makes packets, each as <see cref="Wrap"/> or <see cref="WrapCover"/> would if they were called one by one in their order: the same random
    /// bytes give the same packets.
    /// </summary>
    /// <typeparam name="TBatch">The batch's type, so that asking it costs no call through an interface.</typeparam>
    /// <param name="batch">What is to be made, at most <see cref="MaxBatch"/> packets.</param>
    /// <param name="network">The network.</param>
    /// <param name="random">As for one packet, packet after packet.</param>
    /// <param name="results">One for each packet, overwritten; what lies beyond the batch's count stays as it is.</param>
    /// <exception cref="ArgumentException">
    /// There are more packets than <see cref="MaxBatch"/>, or fewer results than packets, or a packet hasn't the packet size.
    /// </exception>
    public void WrapBatch<TBatch>(ref TBatch batch, NetworkDefinition network, IRandomSource random, scoped Span<WrapResult> results)
        where TBatch : struct, IWrapBatch, allows ref struct
    {
        var count = batch.Count;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxBatch, nameof(batch));
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Length, count, nameof(results));
        for (var i = 0; i < count; i++)
        {
            results[i] = batch.IsCover(i)
                ? WrapCover(network, batch.Path(i), random, batch.Packet(i))
                : Wrap(network, batch.Path(i), batch.Message(i), random, batch.Packet(i));
        }
    }

    /// <summary>
    /// Makes a packet with a given ephemeral scalar, so that the same input gives the same bytes: for vectors and analysis. A scalar that is
    /// used twice is a two-time pad, so nothing that carries messages calls this.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="path">1 to N hops.</param>
    /// <param name="command">Deliver, or drop for cover.</param>
    /// <param name="message">0 bytes to the geometry's message capacity; of cover, none.</param>
    /// <param name="x">The scalar, 32 bytes; clamped when it is used.</param>
    /// <param name="random">Gives the header's padding, then lane B.</param>
    /// <param name="packet">The network's packet size; overwritten.</param>
    /// <returns>Whether it is made, or why not.</returns>
    /// <exception cref="ArgumentException">A length is wrong, or the command isn't one that a packet can end with.</exception>
    public WrapResult WrapWith(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        RoutingCommand command,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> x,
        IRandomSource random,
        Span<byte> packet)
    {
        if (command is not (RoutingCommand.Deliver or RoutingCommand.Drop))
        {
            throw new ArgumentException("A forward packet ends with deliver or drop.", nameof(command));
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, X25519.KeyBytes, nameof(x));
        var result = Check(network, path, message, random, packet);
        return result == WrapResult.Wrapped ? Build(network, path, command, message, x, random, packet) : result;
    }

    /// <summary>Destroys the worker's scratch memory.</summary>
    public void Dispose() => _onion.Dispose();

    private static WrapResult Check(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, IRandomSource random, Span<byte> packet)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        if (packet.Length != network.Geometry.PacketBytes)
        {
            throw new ArgumentException("The span must have the network's packet size.", nameof(packet));
        }

        var result = Onion.Check(network, path, minHops: 1);
        return result == WrapResult.Wrapped && message.Length > network.Geometry.MessageCapacity ? WrapResult.MessageTooLong : result;
    }

    private WrapResult Build(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        RoutingCommand command,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> x,
        IRandomSource random,
        Span<byte> packet)
    {
        var result = _onion.Prepare(network, path, x);
        if (result != WrapResult.Wrapped)
        {
            return result;
        }

        var geometry = network.Geometry;
        LaneText.Write(message, packet[geometry.LaneAOffset..geometry.LaneBOffset]);
        _onion.Seal(network, path, command, default, random, packet);
        random.Fill(packet[geometry.LaneBOffset..]);
        _onion.Forget();
        return WrapResult.Wrapped;
    }

    private WrapResult WrapFresh(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        RoutingCommand command,
        ReadOnlySpan<byte> message,
        IRandomSource random,
        Span<byte> packet)
    {
        var result = Check(network, path, message, random, packet);
        if (result != WrapResult.Wrapped)
        {
            return result;
        }

        Span<byte> x = stackalloc byte[X25519.KeyBytes];
        _onion.DrawEphemeral(path, message, random, x);
        result = Build(network, path, command, message, x, random, packet);
        CryptographicOperations.ZeroMemory(x);
        return result;
    }
}
