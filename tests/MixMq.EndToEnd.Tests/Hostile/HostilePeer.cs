using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Sphinx;

namespace MixMq.EndToEnd.Tests.Hostile;

/// <summary>A client of a float's port that speaks the link protocol by hand, written from spec/04-links.md, so that it can also speak it wrongly.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    public const byte Packet = 1;
    public const byte Hello = 2;
    public const byte Topology = 3;
    public const byte Control = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);
    private readonly SslStream _stream;
    private readonly Member _self;
    private readonly NetworkDefinition _network;
    private readonly CancellationTokenSource _patience = new(Patience);
    private readonly SemaphoreSlim _writing = new(1);
    private Task _answering = Task.CompletedTask;
    private ulong _hellos;

    private HostilePeer(SslStream stream, Member self, NetworkDefinition network)
    {
        _stream = stream;
        _self = self;
        _network = network;
    }

    private int CellBytes => 1 + _network.Geometry.PacketBytes;

    public async ValueTask DisposeAsync()
    {
        await _patience.CancelAsync();
        await _answering;
        await _stream.DisposeAsync();
        _patience.Dispose();
        _writing.Dispose();
    }

    /// <summary>TCP alone.</summary>
    public static async Task<Socket> ConnectSocketAsync(Member target)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, target.Port);
        return socket;
    }

    /// <summary>TLS with a certificate of one's choice, or none. In TLS 1.3 the client is done before the server has judged it.</summary>
    public static async Task<HostilePeer> ConnectAsync(Member self, Member target, NetworkDefinition network, bool certificate = true)
    {
        var stream = new SslStream(new NetworkStream(await ConnectSocketAsync(target), ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "anything",
            ClientCertificateContext = certificate ? SslStreamCertificateContext.Create(self.Certificate, null, offline: true) : null,
            EnabledSslProtocols = SslProtocols.Tls13,
            // The one attacked is known by its port; there is no one else to mistake for it.
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return new HostilePeer(stream, self, network);
    }

    public byte[] OpenMessage(byte lowest = 1, byte highest = 1, NodeAddress? address = null, byte networkSpoiler = 0)
    {
        var open = new byte[100];
        (open[0], open[1], open[2]) = (1, lowest, highest);
        _network.Id.CopyTo(open.AsSpan(3));
        open[3] ^= networkSpoiler;
        (address ?? _self.Address).CopyTo(open.AsSpan(35));
        open[67] = 1;
        RandomNumberGenerator.Fill(open.AsSpan(68));
        return open;
    }

    /// <summary>The whole handshake as initiator, and the first HELLO.</summary>
    public async Task HandshakeAsync(bool spoilSignature = false)
    {
        var own = OpenMessage();
        await SendAsync(Control, own);
        var theirs = await ReadAsync(Control);
        Assert.Equal(100, theirs.Length);
        byte[] hashes =
        [
            .. SHA256.HashData(Binding()),
            .. SHA256.HashData(_self.Certificate.RawData),
            .. SHA256.HashData(((X509Certificate2)_stream.RemoteCertificate!).RawData),
        ];
        var signature = _self.Sign([.. "MixMq-link-auth-v1"u8, 1, .. own, .. theirs, .. hashes]);
        if (spoilSignature)
            signature[0] ^= 1;
        await SendAsync(Control, [2, .. hashes, .. signature]);
        if (spoilSignature)
            return;
        Assert.Equal(161, (await ReadAsync(Control)).Length);
        await SendAsync(Hello, NextHello(default));
    }

    /// <summary>Answers HELLOs, as an end that doesn't lead, until the next cell of another type; its content.</summary>
    public async Task<byte[]> ReadTopologyAsync()
    {
        while (true)
        {
            var (type, content) = await ReadCellAsync();
            if (type == Topology)
                return content;
            if (type == Hello)
                await SendAsync(Hello, NextHello(content));
        }
    }

    /// <summary>The mix keys of nodes for an epoch, by gossip: asked for, pulled, read (spec/06-topology.md, sections 2 and 5).</summary>
    public async Task<Dictionary<NodeAddress, MixPublicKey>> FetchKeysAsync(uint epoch, params NodeAddress[] wanted)
    {
        // A question from the first bucket on whose shorts are nobody's: all that the other end holds differs. Asked again with each
        // HELLO, since nothing is answered before the link is up.
        var shorts = new byte[256 * sizeof(ulong)];
        RandomNumberGenerator.Fill(shorts);
        byte question = 0;
        var hashes = new Dictionary<NodeAddress, byte[]>();
        while (!wanted.All(hashes.ContainsKey))
        {
            var (type, message) = await ReadCellAsync();
            if (type == Hello)
            {
                await SendAsync(Hello, NextHello(message));
                await SendMessageAsync([4, ++question, 0, 0, 0, .. new byte[16], .. new byte[32], .. shorts]);
            }

            if (type != Topology)
                continue;
            Assert.Equal(0, message[0]);
            var items = message[1] switch { 1 => 4, 5 => 72, _ => message.Length };
            for (var at = items; at < message.Length; at += 73)
                hashes[NodeAddress.FromBytes(message.AsSpan(at, 32))] = message[(at + 40)..(at + 72)];
        }

        var asked = wanted.SelectMany(address => (byte[])[.. address.ToArray(), .. hashes[address]]);
        await SendAsync(Topology, [0, 2, 1, 0, 0, 0, (byte)wanted.Length, .. asked]);
        byte[] bodies;
        do
        {
            bodies = await ReadTopologyAsync();
        }
        while (bodies[1] != 3);

        var keys = new Dictionary<NodeAddress, MixPublicKey>();
        for (var at = 8; at < bodies.Length;)
        {
            var record = bodies.AsSpan(at + 2, BinaryPrimitives.ReadUInt16LittleEndian(bodies.AsSpan(at)));
            at += 2 + record.Length;
            for (var key = 0; key < record[59]; key++)
            {
                var entry = record.Slice(60 + (36 * key), 36);
                if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == epoch)
                    keys[NodeAddress.FromBytes(record.Slice(1, 32))] = MixPublicKey.FromBytes(entry[4..]);
            }
        }

        Assert.All(wanted, address => Assert.Contains(address, keys));
        return keys;
    }

    /// <summary>From now on answers HELLOs by itself, so that its link stays up while it does something else; nothing else reads from then on.</summary>
    public void KeepUp() => _answering = KeepUpAsync();

    public async Task<byte[]> ReadAsync(byte type)
    {
        while (true)
        {
            var (read, content) = await ReadCellAsync();
            if (read == type)
                return content;
        }
    }

    /// <summary>A gossip message, in as many cells as it takes.</summary>
    private async Task SendMessageAsync(byte[] message)
    {
        var room = CellBytes - 3 - 1;
        for (var at = 0; at < message.Length; at += room)
        {
            var part = message.AsSpan(at, Math.Min(room, message.Length - at));
            var more = at + part.Length < message.Length;
            await SendAsync(Topology, [more ? (byte)1 : (byte)0, .. part]);
        }
    }

    public Task SendAsync(byte type, ReadOnlySpan<byte> content)
    {
        var cell = new byte[CellBytes];
        cell[0] = type;
        BinaryPrimitives.WriteUInt16LittleEndian(cell.AsSpan(1), (ushort)content.Length);
        content.CopyTo(cell.AsSpan(3));
        return SendRawAsync(cell);
    }

    public Task SendPacketAsync(byte[] packet) => SendRawAsync([Packet, .. packet]);

    public async Task SendRawAsync(byte[] bytes)
    {
        await _writing.WaitAsync(_patience.Token);
        try
        {
            await _stream.WriteAsync(bytes, _patience.Token);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>As <see cref="SendRawAsync"/>, to one that may have hung up by now.</summary>
    public async Task TrySendRawAsync(byte[] bytes)
    {
        try
        {
            await SendRawAsync(bytes);
        }
        catch (IOException)
        {
            // Cut off.
        }
    }

    /// <summary>Reads until the other side closes; fails when it doesn't.</summary>
    public async Task AssertClosedAsync()
    {
        await _answering;
        Assert.False(_patience.IsCancellationRequested, "the float has not hung up");
        var buffer = new byte[16 * 1024];
        try
        {
            while (await _stream.ReadAsync(buffer, _patience.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset or an alert is an end, too.
        }
    }

    private async Task KeepUpAsync()
    {
        try
        {
            while (true)
                await ReadTopologyAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Closed, by either side.
        }
    }

    private byte[] NextHello(ReadOnlySpan<byte> answered)
    {
        var hello = new byte[73];
        _hellos++;
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(1), _hellos);
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(9), _hellos);
        if (!answered.IsEmpty)
        {
            hello[0] = answered[0];
            answered.Slice(9, 8).CopyTo(hello.AsSpan(17));
        }

        return hello;
    }

    private async Task<(byte Type, byte[] Content)> ReadCellAsync()
    {
        var cell = new byte[CellBytes];
        await _stream.ReadExactlyAsync(cell, _patience.Token);
        return (cell[0], cell.AsSpan(3, BinaryPrimitives.ReadUInt16LittleEndian(cell.AsSpan(1))).ToArray());
    }

    private byte[] Binding()
    {
        using var binding = _stream.TransportContext.GetChannelBinding(ChannelBindingKind.Unique)!;
        var bytes = new byte[binding.Size];
        Marshal.Copy(binding.DangerousGetHandle(), bytes, 0, bytes.Length);
        return bytes;
    }
}
