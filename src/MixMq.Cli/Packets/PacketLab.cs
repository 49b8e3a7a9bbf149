using System.Globalization;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Cli.Packets;

/// <summary>The packet format's operations on test secrets, without clock or chance. One thread at a time.</summary>
internal sealed class PacketLab : IDisposable
{
    /// <summary>The most tags that a packet is held against.</summary>
    public const int MaxSeenTags = 4096;

    private readonly PacketWriter _packets = new();
    private readonly SurbWriter _surbs = new();
    private readonly Unwrapper _unwrapper = new();
    private readonly AeadContext _aead = new();

    public byte[] Wrap(WrapRequest request)
    {
        var packet = new byte[request.Network.Geometry.PacketBytes];
        Require(_packets.WrapWith(
            request.Network, request.Path, request.Command, request.Message, request.X, new Shake256Stream(request.RandomSeed), packet));
        return packet;
    }

    /// <summary>Takes one layer off.</summary>
    /// <param name="network">The network.</param>
    /// <param name="packet">Any bytes; overwritten.</param>
    /// <param name="secrets">The node's mix secrets, the likelier first; none stands for a node whose keys are destroyed.</param>
    /// <param name="seen">Replay tags that were there before; each in the filter of every key.</param>
    public PacketOutcome Unwrap(NetworkDefinition network, byte[] packet, IReadOnlyList<byte[]> secrets, IReadOnlyList<byte[]> seen)
    {
        var keys = new List<MixKey>();
        try
        {
            foreach (var secret in secrets)
                keys.Add(KeyOf(secret, seen));
            var tags = keys.Select(key => TagUnder(packet, network, key)).ToArray();
            var counts = keys.Select(key => key.ReplayFilter.Count).ToArray();
            var result = _unwrapper.Unwrap(packet, network, keys.ToArray());

            // The key that opened it is the one whose filter now has one tag more.
            var opened = Enumerable.Range(0, keys.Count).FirstOrDefault(i => keys[i].ReplayFilter.Count > counts[i], -1);
            return new PacketOutcome(result, packet, opened, opened < 0 ? [] : tags[opened]);
        }
        finally
        {
            keys.ForEach(key => key.Dispose());
        }
    }

    public (byte[] Surb, SurbState State) MakeSurb(SurbRequest request)
    {
        var surb = new byte[Surb.WireBytes(request.Network.Geometry)];
        Require(_surbs.MakeWith(
            request.Network, request.Path, request.Expiry, request.Secret, request.SurbId, request.Y, new Shake256Stream(request.RandomSeed), surb, out var state));
        return (surb, state!);
    }

    /// <summary>Builds the packet that answers with a SURB.</summary>
    /// <param name="network">The network.</param>
    /// <param name="surb">Any bytes.</param>
    /// <param name="message">The answer.</param>
    /// <param name="randomSeed">Gives the nonce.</param>
    /// <param name="now">Unix seconds; null asks nothing of the expiry.</param>
    public byte[] UseSurb(NetworkDefinition network, byte[] surb, byte[] message, byte[] randomSeed, uint? now)
    {
        // The expiry isn't part of what is built, so without a time it is put off to the last second there is.
        var packet = new byte[network.Geometry.PacketBytes];
        var wire = now is null ? WithoutExpiry(surb) : surb;
        return Surb.TryUse(network, wire, message, now ?? 0, new Shake256Stream(randomSeed), _aead, packet) switch
        {
            SurbUse.Built => packet,
            SurbUse.WrongLength => throw PacketRefusal.Outcome(
                $"The SURB has {surb.Length} bytes; in this network it has {Surb.WireBytes(network.Geometry)}.", nameof(SurbUse.WrongLength)),
            SurbUse.WrongVersion => throw PacketRefusal.Outcome(
                $"The SURB's version is {surb[0]}; {PacketFormat.Version} is known.", nameof(SurbUse.WrongVersion)),
            SurbUse.Expired => throw PacketRefusal.Outcome(
                string.Create(CultureInfo.InvariantCulture, $"The SURB's expiry has come at {now}."), nameof(SurbUse.Expired)),
            SurbUse.MessageTooLong => throw PacketRefusal.Outcome(
                $"The message has {message.Length} bytes; a reply has room for {network.Geometry.ReplyCapacity}.", nameof(SurbUse.MessageTooLong)),
            var other => throw new InvalidOperationException($"{other} is no outcome of a use."),
        };
    }

    /// <summary>Opens a reply; the state is used up.</summary>
    public byte[] OpenReply(SurbState state, byte[] laneB)
    {
        var length = laneB.Length;
        var reason = state.TryOpen(laneB, _aead, out var message);
        return reason switch
        {
            DropReason.None => message.ToArray(),
            DropReason.WrongLength => throw PacketRefusal.Outcome($"Lane B of this network hasn't {length} bytes.", nameof(DropReason.WrongLength)),
            DropReason.AuthenticationFailed => throw PacketRefusal.Outcome(
                "The reply doesn't authenticate: it was changed on the way, or is for another state.", nameof(DropReason.AuthenticationFailed)),
            DropReason.LengthTooLarge => throw PacketRefusal.Outcome("The reply says that it is longer than its room.", nameof(DropReason.LengthTooLarge)),
            _ => throw PacketRefusal.Outcome("After the reply's message there is a byte that isn't zero.", nameof(DropReason.PaddingNotZero)),
        };
    }

    public void Dispose()
    {
        _packets.Dispose();
        _surbs.Dispose();
        _unwrapper.Dispose();
        _aead.Dispose();
    }

    private static MixKey KeyOf(byte[] secret, IReadOnlyList<byte[]> seen)
    {
        var key = MixKey.FromSecret(0, secret, seen.Count + 1, new Shake256Stream([]));
        foreach (var tag in seen)
            _ = key.ReplayFilter.TryInsert(tag);
        return key;
    }

    private static byte[] WithoutExpiry(byte[] surb)
    {
        var copy = (byte[])surb.Clone();
        if (copy.Length >= sizeof(uint))
            copy.AsSpan(copy.Length - sizeof(uint)).Fill(0xff);
        return copy;
    }

    private static void Require(WrapResult result)
    {
        if (result != WrapResult.Wrapped)
            throw PacketRefusal.Request($"The packet can't be made: {result}.", result.ToString());
    }

    private byte[] TagUnder(byte[] packet, NetworkDefinition network, MixKey key)
    {
        var tag = new byte[PacketFormat.ReplayTagBytes];
        return _unwrapper.TryGetReplayTag(packet, network, key, tag) ? tag : [];
    }
}
