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

    /// <summary>Destroys the worker's scratch memory.</summary>
    public void Dispose() => _onion.Dispose();

    /// <summary>Makes a packet with a given ephemeral scalar: for vectors only, since a scalar used twice is a two-time pad.</summary>
    internal WrapResult WrapWith(
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
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        if (packet.Length != network.Geometry.PacketBytes)
        {
            throw new ArgumentException("The span must have the network's packet size.", nameof(packet));
        }

        var result = Onion.Check(network, path, minHops: 1);
        if (result == WrapResult.Wrapped && message.Length > network.Geometry.MessageCapacity)
        {
            result = WrapResult.MessageTooLong;
        }

        if (result != WrapResult.Wrapped)
        {
            return result;
        }

        Span<byte> x = stackalloc byte[X25519.KeyBytes];
        _onion.DrawEphemeral(path, message, random, x);
        result = WrapWith(network, path, command, message, x, random, packet);
        CryptographicOperations.ZeroMemory(x);
        return result;
    }
}
