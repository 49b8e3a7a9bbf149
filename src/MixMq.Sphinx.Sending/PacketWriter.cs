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

    // As many as make one call of the batch ladder full, with two ladders each.
    private const int PacketsAtOnce = MaxBatch / 2;
    private readonly Onion _onion = new(PacketsAtOnce);

    /// <summary>Whether no secret is left in the working memory: for tests.</summary>
    internal bool IsClear => _onion.Schedule.IsClear;

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
        Span<byte> packet) => WrapOne(new BatchOfOne(path, message, false, packet), network, default, random);

    /// <summary>Makes a cover packet, which the last hop drops.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">1 to N hops.</param>
    /// <param name="random">As for a message.</param>
    /// <param name="packet">The network's packet size; overwritten.</param>
    /// <returns>Whether it is made, or why not.</returns>
    /// <exception cref="ArgumentException"><paramref name="packet"/> hasn't the packet size.</exception>
    public WrapResult WrapCover(NetworkDefinition network, ReadOnlySpan<PathHop> path, IRandomSource random, Span<byte> packet) =>
        WrapOne(new BatchOfOne(path, default, true, packet), network, default, random);

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
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        var count = batch.Count;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxBatch, nameof(batch));
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Length, count, nameof(results));
        for (var first = 0; first < count; first += PacketsAtOnce)
        {
            WrapSome(ref batch, first, network, default, random, results[first..Math.Min(count, first + PacketsAtOnce)]);
        }
    }

    /// <summary>
    /// Makes a packet with a given ephemeral scalar, so that the same input gives the same bytes: for vectors and analysis. A scalar that is
    /// used twice is a two-time pad, so nothing that carries messages calls this.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="path">1 to N hops.</param>
    /// <param name="command">Deliver, or drop for cover.</param>
    /// <param name="message">0 bytes to the geometry's message capacity; cover has none, and one given with it is too long.</param>
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
        var isCover = command == RoutingCommand.Drop;
        var result = WrapOne(new BatchOfOne(path, message, isCover, packet), network, x, random);
        return result == WrapResult.Wrapped && isCover && !message.IsEmpty ? WrapResult.MessageTooLong : result;
    }

    /// <summary>Destroys the worker's scratch memory.</summary>
    public void Dispose() => _onion.Dispose();

    private static WrapResult Check<TBatch>(ref TBatch batch, int index, NetworkDefinition network)
        where TBatch : struct, IWrapBatch, allows ref struct
    {
        if (batch.Packet(index).Length != network.Geometry.PacketBytes)
        {
            throw new ArgumentException("A packet's span must have the network's packet size.", nameof(batch));
        }

        var result = Onion.Check(network, batch.Path(index), minHops: 1);
        return result == WrapResult.Wrapped && Message(ref batch, index).Length > network.Geometry.MessageCapacity ? WrapResult.MessageTooLong : result;
    }

    private static ReadOnlySpan<byte> Message<TBatch>(ref TBatch batch, int index)
        where TBatch : struct, IWrapBatch, allows ref struct => batch.IsCover(index) ? default : batch.Message(index);

    private WrapResult WrapOne(BatchOfOne one, NetworkDefinition network, ReadOnlySpan<byte> x, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        WrapResult result = default;
        WrapSome(ref one, 0, network, x, random, new Span<WrapResult>(ref result));
        return result;
    }

    // Without x a fresh scalar is drawn. All random bytes of a packet are drawn before those of the next one and before any ladder.
    private void WrapSome<TBatch>(
        ref TBatch batch, int first, NetworkDefinition network, ReadOnlySpan<byte> x, IRandomSource random, scoped Span<WrapResult> results)
        where TBatch : struct, IWrapBatch, allows ref struct
    {
        var geometry = network.Geometry;
        try
        {
            for (var i = 0; i < results.Length; i++)
            {
                results[i] = Check(ref batch, first + i, network);
                if (results[i] != WrapResult.Wrapped)
                {
                    continue;
                }

                var packet = batch.Packet(first + i);
                var path = batch.Path(first + i);
                if (x.IsEmpty)
                {
                    _onion.DrawEphemeral(path, Message(ref batch, first + i), random, _onion.Schedule.Scalar(i));
                }
                else
                {
                    x.CopyTo(_onion.Schedule.Scalar(i));
                }

                Onion.DrawPadding(network, path.Length, random, packet);
                random.Fill(packet[geometry.LaneBOffset..]);
            }

            _onion.Schedule.Derive(ref batch, first, network, results);
            for (var i = 0; i < results.Length; i++)
            {
                if (results[i] == WrapResult.Wrapped)
                {
                    var packet = batch.Packet(first + i);
                    var command = batch.IsCover(first + i) ? RoutingCommand.Drop : RoutingCommand.Deliver;
                    LaneText.Write(Message(ref batch, first + i), packet[geometry.LaneAOffset..geometry.LaneBOffset]);
                    _onion.Seal(i, network, batch.Path(first + i), command, default, packet);
                }
            }
        }
        finally
        {
            _onion.Schedule.Forget(results.Length, geometry.Hops);
            _onion.Aead.Forget();
        }
    }
}
