using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Testing;

/// <summary>A peer that speaks the link protocol by hand, written from spec/04-links.md alone, so that it can also speak it wrongly.</summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private const byte Open = 1;
    private const byte Auth = 2;
    private readonly TlsChannel _channel;
    private readonly NodeIdentity _identity;
    private readonly NetworkParameters _network;
    private readonly CancellationTokenSource _patience = new(TestLog.Patience);

    private RawPeer(TlsChannel channel, NodeIdentity identity, NetworkParameters network)
    {
        _channel = channel;
        _identity = identity;
        _network = network;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.Stream.DisposeAsync();
        _patience.Dispose();
    }

    /// <summary>TLS with the certificate and, for later, the identity of <paramref name="self"/>.</summary>
    internal static async Task<RawPeer> ConnectAsync(TestNode self, TestNode target)
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        var peer = new PeerConfiguration { Name = target.Name, Address = target.Identity.Address, Trust = target.Ca.Trust };
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target.Endpoint, patience.Token);
        var (channel, refusal) = await new TlsGate(new ServedCertificate(self.Certificate), [peer], TimeProvider.System).DialAsync(socket, peer, patience.Token);
        Assert.True(channel is not null, refusal?.Describe());
        return new RawPeer(channel, self.Identity, target.Parameters);
    }

    internal byte[] OpenMessage(byte lowest = 1, byte highest = 1, byte role = 1, NetworkParameters? network = null)
    {
        var open = new byte[100];
        (open[0], open[1], open[2]) = (Open, lowest, highest);
        (network ?? _network).Definition.Id.CopyTo(open.AsSpan(3));
        _identity.Address.CopyTo(open.AsSpan(35));
        open[67] = role;
        RandomNumberGenerator.Fill(open.AsSpan(68));
        return open;
    }

    /// <summary>The whole handshake as initiator; afterwards the other side takes this for a link's connection.</summary>
    internal async Task HandshakeAsync(bool spoilSignature = false)
    {
        var own = OpenMessage();
        await SendControlAsync(own);
        var theirs = await ReadContentAsync(CellType.Control);
        Assert.Equal(100, theirs.Length);
        byte[] hashes =
        [
            .. SHA256.HashData(_channel.Info.ChannelBinding.Span),
            .. _channel.Info.LocalCertificateHash.Span,
            .. _channel.Info.RemoteCertificateHash.Span,
        ];
        byte[] message = [.. "MixMq-link-auth-v1"u8, 1, .. own, .. theirs, .. hashes];
        var signature = new byte[Ed25519.SignatureBytes];
        _identity.Sign(message, signature);
        if (spoilSignature)
        {
            signature[0] ^= 1;
        }

        await SendControlAsync([Auth, .. hashes, .. signature]);

        if (spoilSignature)
        {
            return;
        }

        // The first HELLO is the initiator's, once it is sure of the acceptor: sequence 1, sent at 1, no echo yet.
        Assert.Equal(161, (await ReadContentAsync(CellType.Control)).Length);
        var hello = new byte[73];
        (hello[1], hello[9]) = (1, 1);
        await SendAsync(CellType.Hello, hello);
    }

    internal Task SendControlAsync(ReadOnlySpan<byte> content) => SendAsync(CellType.Control, content);

    internal Task SendAsync(CellType type, ReadOnlySpan<byte> content)
    {
        var cell = new byte[_network.CellBytes];
        cell[0] = (byte)type;
        BinaryPrimitives.WriteUInt16LittleEndian(cell.AsSpan(1), (ushort)content.Length);
        content.CopyTo(cell.AsSpan(3));
        return SendRawAsync(cell);
    }

    internal async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _channel.Stream.WriteAsync(bytes, _patience.Token);

    /// <summary>The content of the next cell of a type; others are passed over.</summary>
    internal async Task<byte[]> ReadContentAsync(CellType type)
    {
        var cell = new byte[_network.CellBytes];
        do
        {
            await _channel.Stream.ReadExactlyAsync(cell, _patience.Token);
        }
        while (cell[0] != (byte)type);
        return cell.AsSpan(3, BinaryPrimitives.ReadUInt16LittleEndian(cell.AsSpan(1))).ToArray();
    }

    /// <summary>Reads until the other side closes; fails when it does not.</summary>
    internal async Task AssertClosedAsync()
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await _channel.Stream.ReadAsync(buffer, _patience.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }
}
