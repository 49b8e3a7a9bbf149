using MixMq.Simulation.Cryptography;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Tests;

/// <summary>What holds for the real cryptography holds for the stand-in: each case runs with both.</summary>
public sealed class IdealCryptoTests : IDisposable
{
    private const int Hops = 4;
    private readonly NetworkDefinition _network = World.SmallParameters().Definition;
    private readonly SimRandom _random = new(1, "test");
    private readonly List<IDisposable> _owned = [];

    public static TheoryData<bool> Both => [false, true];

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    [Theory]
    [MemberData(nameof(Both))]
    public void A_packet_goes_hop_by_hop_and_delivers_its_message(bool real)
    {
        var (crypto, keys, path) = Make(real);
        var packet = Wrap(crypto, path, "hello"u8);
        for (var hop = 0; hop < Hops - 1; hop++)
        {
            var result = crypto.Unwrap(packet, _network, [keys[hop]]);
            Assert.Equal((UnwrapKind.Relay, path[hop + 1].Address, path[hop].DelayMs), (result.Kind, result.Next, result.DelayMs));
        }

        var last = crypto.Unwrap(packet, _network, [keys[^1]]);
        Assert.Equal(UnwrapKind.Deliver, last.Kind);
        Assert.Equal("hello"u8, packet.AsSpan(last.Offset, last.Length));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void What_goes_out_has_nothing_in_common_with_what_came_in(bool real)
    {
        var (crypto, keys, path) = Make(real);
        var message = new byte[800];
        var packet = Wrap(crypto, path, message);
        var seen = new HashSet<ulong>();
        for (var hop = 0; hop < Hops; hop++)
        {
            for (var at = 1; at + 8 <= packet.Length; at += 8)
            {
                Assert.True(seen.Add(BitConverter.ToUInt64(packet, at)), "eight bytes came again");
            }

            _ = crypto.Unwrap(packet, _network, [keys[hop]]);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void A_copy_is_refused_by_the_keys_own_filter(bool real)
    {
        var (crypto, keys, path) = Make(real);
        var packet = Wrap(crypto, path, "once"u8);
        var copy = packet.ToArray();
        copy[^1] ^= 1;
        Assert.Equal(UnwrapKind.Relay, crypto.Unwrap(packet, _network, [keys[0]]).Kind);
        Assert.Equal(DropReason.Replayed, crypto.Unwrap(copy, _network, [keys[0]]).Reason);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void A_flipped_bit_anywhere_but_in_lane_B_is_noticed(bool real)
    {
        var (crypto, keys, path) = Make(real);
        for (var at = 1; at < _network.Geometry.PacketBytes; at += 97)
        {
            var changed = Wrap(crypto, path, "intact"u8);
            changed[at] ^= 0x10;
            var result = crypto.Unwrap(changed, _network, [keys[0]]);
            Assert.Equal(at < _network.Geometry.LaneBOffset ? DropReason.AuthenticationFailed : DropReason.None, result.Reason);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Faults_have_the_same_outcomes(bool real)
    {
        var (crypto, keys, path) = Make(real);
        var packet = Wrap(crypto, path, "x"u8);
        Assert.Equal(DropReason.WrongLength, crypto.Unwrap(packet.AsSpan(1), _network, [keys[0]]).Reason);
        Assert.Equal(DropReason.AuthenticationFailed, crypto.Unwrap(packet.ToArray(), _network, [keys[1]]).Reason);
        Assert.Equal(DropReason.KeyDestroyed, crypto.Unwrap(packet.ToArray(), _network, []).Reason);
        var version = packet.ToArray();
        version[0] = 9;
        Assert.Equal(DropReason.WrongVersion, crypto.Unwrap(version, _network, [keys[0]]).Reason);
        var alpha = packet.ToArray();
        alpha.AsSpan(1, 32).Fill(0xFF);
        Assert.Equal(DropReason.AlphaNotCanonical, crypto.Unwrap(alpha, _network, [keys[0]]).Reason);
        var noise = new byte[packet.Length];
        _random.Fill(noise);
        (noise[0], noise[32]) = (1, 0);
        Assert.Equal(DropReason.AuthenticationFailed, crypto.Unwrap(noise, _network, [keys[0]]).Reason);
        Assert.Equal(UnwrapKind.Relay, crypto.Unwrap(packet.ToArray(), _network, [keys[2], keys[0]]).Kind);
        keys[0].Dispose();
        Assert.Equal(DropReason.KeyDestroyed, crypto.Unwrap(packet, _network, [keys[0]]).Reason);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void A_full_filter_lets_nothing_in(bool real)
    {
        var (crypto, _, path) = Make(real);
        var key = Own(crypto.CreateMixKey(1, 2, _random));
        path[0] = path[0] with { MixPublic = key.Public };
        Assert.Equal(DropReason.None, crypto.Unwrap(Wrap(crypto, path, "1"u8), _network, [key]).Reason);
        Assert.Equal(DropReason.None, crypto.Unwrap(Wrap(crypto, path, "2"u8), _network, [key]).Reason);
        Assert.Equal(DropReason.ReplayFilterFull, crypto.Unwrap(Wrap(crypto, path, "3"u8), _network, [key]).Reason);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void What_cannot_be_wrapped_is_refused(bool real)
    {
        var (crypto, _, path) = Make(real);
        var packet = new byte[_network.Geometry.PacketBytes];
        Assert.Equal(WrapResult.PathTooShort, crypto.Wrap(_network, [], [], _random, packet));
        Assert.Equal(WrapResult.PathTooLong, crypto.Wrap(_network, [.. path, .. path, .. path], [], _random, packet));
        Assert.Equal(WrapResult.MessageTooLong, crypto.Wrap(_network, path, new byte[_network.Geometry.MessageCapacity + 1], _random, packet));
        path[1] = path[1] with { DelayMs = 1_001 };
        Assert.Equal(WrapResult.DelayAboveCap, crypto.Wrap(_network, path, [], _random, packet));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Cover_traffic_ends_as_cover(bool real)
    {
        var (crypto, keys, path) = Make(real);
        var packet = new byte[_network.Geometry.PacketBytes];
        Assert.Equal(WrapResult.Wrapped, crypto.WrapCover(_network, path.AsSpan(0, 1), _random, packet));
        Assert.Equal(UnwrapKind.Cover, crypto.Unwrap(packet, _network, [keys[0]]).Kind);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void A_signature_holds_for_its_signer_and_message_alone(bool real)
    {
        var (crypto, _, _) = Make(real);
        var (one, other) = (Identity(crypto), Identity(crypto));
        var signature = new byte[64];
        crypto.Sign(one, "message"u8, signature);
        Assert.True(crypto.Verify(one.Address, "message"u8, signature));
        Assert.False(crypto.Verify(other.Address, "message"u8, signature));
        Assert.False(crypto.Verify(one.Address, "massage"u8, signature));
        signature[40] ^= 1;
        Assert.False(crypto.Verify(one.Address, "message"u8, signature));
    }

    [Fact]
    public void Another_world_cannot_forge_what_this_one_signs()
    {
        using var one = new IdealCrypto(1);
        using var other = new IdealCrypto(2);
        var identity = Identity(one);
        var signature = new byte[64];
        other.Sign(identity, "message"u8, signature);
        Assert.False(one.Verify(identity.Address, "message"u8, signature));
    }

    private (CryptoProvider Crypto, MixKey[] Keys, PathHop[] Path) Make(bool real)
    {
        CryptoProvider crypto = Own<CryptoProvider>(real ? new RealCrypto() : new IdealCrypto(1));
        var keys = Enumerable.Range(0, Hops).Select(_ => Own(crypto.CreateMixKey(1, 64, _random))).ToArray();
        return (crypto, keys, [.. keys.Select((key, i) => new PathHop(Identity(crypto).Address, key.Public, (uint)(10 * i)))]);
    }

    private SimIdentity Identity(CryptoProvider crypto)
    {
        var seed = new byte[32];
        _random.Fill(seed);
        return crypto.CreateIdentity(seed);
    }

    private byte[] Wrap(CryptoProvider crypto, PathHop[] path, ReadOnlySpan<byte> message)
    {
        var packet = new byte[_network.Geometry.PacketBytes];
        Assert.Equal(WrapResult.Wrapped, crypto.Wrap(_network, path, message, _random, packet));
        return packet;
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
