using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx.Sending;

/// <summary>Makes single-use reply blocks.</summary>
/// <remarks>Source: spec/03-sphinx.md, section 7. One instance belongs to one worker thread.</remarks>
public sealed class SurbWriter : IDisposable
{
    private readonly Onion _onion = new(packets: 1);
    private byte[] _packet = [];

    /// <summary>Makes a SURB and the state by which its reply is opened.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">From the node that will use it to this node itself: 2 to N hops, one more than the reply has links.</param>
    /// <param name="expiryUnixSeconds">
    /// At most the end of the earliest mix key on the path, rounded down to an epoch boundary, so that it doesn't tell when the SURB was made.
    /// </param>
    /// <param name="random">Gives secret (32), id (16), 32 bytes for the ephemeral key, then the header's padding.</param>
    /// <param name="wire">Exactly <see cref="Surb.WireBytes"/>; overwritten.</param>
    /// <param name="state">The state, owned by the caller; <see langword="null"/> unless the result is <see cref="WrapResult.Wrapped"/>.</param>
    /// <returns>Whether it is made, or why not.</returns>
    /// <exception cref="ArgumentException"><paramref name="wire"/> hasn't the SURB size.</exception>
    public WrapResult Make(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        uint expiryUnixSeconds,
        IRandomSource random,
        Span<byte> wire,
        out SurbState? state)
    {
        state = null;
        var result = Check(network, path, random, wire);
        if (result != WrapResult.Wrapped)
        {
            return result;
        }

        Span<byte> secret = stackalloc byte[Surb.SecretBytes];
        Span<byte> id = stackalloc byte[SurbId.ByteLength];
        Span<byte> y = stackalloc byte[X25519.KeyBytes];
        random.Fill(secret);
        random.Fill(id);
        _onion.DrawEphemeral(path, secret, random, y);
        result = Build(network, path, expiryUnixSeconds, secret, id, y, random, wire, out state);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(y);
        return result;
    }

    /// <summary>
    /// Makes a SURB from given secrets, so that the same input gives the same bytes: for vectors and analysis. Nothing that carries messages
    /// calls this, for the reason that <see cref="PacketWriter.WrapWith"/> says.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="path">2 to N hops.</param>
    /// <param name="expiryUnixSeconds">When it expires.</param>
    /// <param name="secret">32 bytes.</param>
    /// <param name="id">16 bytes.</param>
    /// <param name="y">The ephemeral scalar, 32 bytes; clamped when it is used.</param>
    /// <param name="random">Gives the header's padding.</param>
    /// <param name="wire">Exactly <see cref="Surb.WireBytes"/>; overwritten.</param>
    /// <param name="state">The state, owned by the caller; <see langword="null"/> unless the result is <see cref="WrapResult.Wrapped"/>.</param>
    /// <returns>Whether it is made, or why not.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public WrapResult MakeWith(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        uint expiryUnixSeconds,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> y,
        IRandomSource random,
        Span<byte> wire,
        out SurbState? state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, Surb.SecretBytes, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfNotEqual(id.Length, SurbId.ByteLength, nameof(id));
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Length, X25519.KeyBytes, nameof(y));
        state = null;
        var result = Check(network, path, random, wire);
        return result == WrapResult.Wrapped ? Build(network, path, expiryUnixSeconds, secret, id, y, random, wire, out state) : result;
    }

    /// <summary>Destroys the worker's scratch memory.</summary>
    public void Dispose() => _onion.Dispose();

    private static WrapResult Check(NetworkDefinition network, ReadOnlySpan<PathHop> path, IRandomSource random, Span<byte> wire)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        if (wire.Length != Surb.WireBytes(network.Geometry))
        {
            throw new ArgumentException("The span must have the network's SURB size.", nameof(wire));
        }

        return Onion.Check(network, path, minHops: 2);
    }

    private WrapResult Build(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        uint expiryUnixSeconds,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> y,
        IRandomSource random,
        Span<byte> wire,
        out SurbState? state)
    {
        state = null;
        var geometry = network.Geometry;
        if (_packet.Length != geometry.PacketBytes)
        {
            _packet = new byte[geometry.PacketBytes];
        }

        try
        {
            var result = WrapResult.Wrapped;
            var one = new BatchOfOne(path, default, false, _packet);
            y.CopyTo(_onion.Schedule.Scalar(0));
            Onion.DrawPadding(network, path.Length, random, _packet);
            _onion.Schedule.Derive(ref one, 0, network, new Span<WrapResult>(ref result));
            if (result == WrapResult.Wrapped)
            {
                state = Write(network, path, expiryUnixSeconds, secret, id, wire);
            }

            return result;
        }
        finally
        {
            _onion.Schedule.Forget(1, geometry.Hops);
            _onion.Aead.Forget();
            CryptographicOperations.ZeroMemory(_packet);
        }
    }

    private SurbState Write(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        uint expiryUnixSeconds,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> id,
        Span<byte> wire)
    {
        var geometry = network.Geometry;

        // Lane A for the last hop is what every hop's keystream turns into A_0 at the first.
        var laneA = _packet.AsSpan(geometry.LaneAOffset, geometry.Body);
        Surb.WriteBody(network, secret, _onion.Aead, laneA);
        for (var i = 0; i < path.Length; i++)
        {
            _onion.Aead.XorKeystream(_onion.Schedule.Keys(0, i).Ae, laneA, geometry.BetaBytes);
        }

        _onion.Seal(0, network, path, RoutingCommand.Reply, id, _packet);

        _packet.AsSpan(0, geometry.HeaderBytes).CopyTo(wire);
        secret.CopyTo(wire[geometry.HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(wire[^sizeof(uint)..], expiryUnixSeconds);

        var alpha = wire.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes);
        var state = new SurbState(network, SurbId.FromBytes(id), expiryUnixSeconds, secret, alpha);
        for (var i = 0; i < path.Length; i++)
        {
            _onion.Aead.XorKeystream(_onion.Schedule.Keys(0, i).Lane, state.Mask, PacketFormat.SlotBytes);
        }

        return state;
    }
}
