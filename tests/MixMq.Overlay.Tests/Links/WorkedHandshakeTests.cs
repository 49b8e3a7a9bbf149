using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Overlay.Links;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Links;

/// <summary>The worked handshake of spec/04, section 4. Its numbers were made apart from this code.</summary>
public sealed class WorkedHandshakeTests
{
    private static readonly byte[] InitiatorSeed = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] AcceptorSeed = [.. Enumerable.Repeat((byte)2, 32)];

    [Fact]
    [Trait("Spec", "LNK-24")]
    public void Opens_what_is_signed_and_auths_are_those_of_the_specification()
    {
        var initiator = Open(InitiatorSeed, LinkRole.Initiator, 0x11);
        var acceptor = Open(AcceptorSeed, LinkRole.Acceptor, 0x22);
        Assert.Equal("3e2355761bc0a9e631ec19b63a551593e246eefdc83eb3ed128cedb16a33c208", Sha(initiator.Bytes));
        Assert.Equal("c5d4e43567d01a29600deb1b9a799b08c79fa558743512d8892ac8c8c9e73ab9", Sha(acceptor.Bytes));
        var here = new LinkTranscript(LinkRole.Initiator, initiator, acceptor, Info(LinkRole.Initiator));
        var there = new LinkTranscript(LinkRole.Acceptor, acceptor, initiator, Info(LinkRole.Acceptor));
        Check(
            here,
            there,
            LinkRole.Initiator,
            InitiatorSeed,
            "7a4d1d420eb4c38ce45df68e2ea94572f4fd6c169746e689ea58c8ef215858b2",
            "5b225ccc060a8dea1ad94b51bec124174cbe898b2c6174824c5caac67b53b962");
        Check(
            there,
            here,
            LinkRole.Acceptor,
            AcceptorSeed,
            "a160792c3d7e72b8f1ea08f4533f706353365afa68054a50facd2820fddb1f00",
            "c7260f6a25bd3f39c62119d87b6a062b0512b87bdca0a1bb521726f66566ee1d");
    }

    [Fact]
    [Trait("Spec", "LNK-24")]
    public void A_cell_is_that_of_the_specification()
    {
        var cell = new byte[1 + PacketGeometry.Default.PacketBytes];
        LinkCell.Write(CellType.Control, Open(InitiatorSeed, LinkRole.Initiator, 0x11).Bytes, cell);
        Assert.Equal("ca42fb7bb60439e6c1fc953bcc1fd0503ec997400ed7a58573ef8fa360f20256", Sha(cell));
    }

    private static void Check(LinkTranscript signer, LinkTranscript verifier, LinkRole role, byte[] seed, string signed, string auth)
    {
        var message = signer.Message(role);
        Assert.Equal(signed, Sha(message));
        Assert.Equal(message, verifier.Message(role));
        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(seed, message, signature);
        var formatted = signer.FormatAuth(signature);
        Assert.Equal(auth, Sha(formatted));
        Assert.Null(verifier.Compare(formatted));
    }

    private static LinkOpen Open(byte[] seed, LinkRole role, byte nonce)
    {
        Assert.True(NetworkDefinition.TryCreate("kat", PacketGeometry.Default, 60_000, out var network, out _));
        var address = new byte[NodeAddress.ByteLength];
        Ed25519.DerivePublic(seed, address);
        return LinkOpen.Create(network, NodeAddress.FromBytes(address), role, Enumerable.Repeat(nonce, LinkProtocol.NonceBytes).ToArray());
    }

    // The channel binding as section 2 lays it out.
    private static ConnectionInfo Info(LinkRole own)
    {
        const int HeaderBytes = 32;
        byte[] data = [.. "tls-unique:"u8, .. Enumerable.Repeat((byte)0x33, 48)];
        var binding = new byte[HeaderBytes + data.Length];
        BinaryPrimitives.WriteInt32LittleEndian(binding.AsSpan(24), data.Length);
        BinaryPrimitives.WriteInt32LittleEndian(binding.AsSpan(28), HeaderBytes);
        data.CopyTo(binding, HeaderBytes);
        var (initiator, acceptor) = (SHA256.HashData("initiator certificate"u8), SHA256.HashData("acceptor certificate"u8));
        return new ConnectionInfo
        {
            ChannelBinding = binding,
            LocalCertificateHash = own == LinkRole.Initiator ? initiator : acceptor,
            RemoteCertificateHash = own == LinkRole.Initiator ? acceptor : initiator,
            TrustedFor = ImmutableHashSet<NodeAddress>.Empty,
        };
    }

    private static string Sha(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
