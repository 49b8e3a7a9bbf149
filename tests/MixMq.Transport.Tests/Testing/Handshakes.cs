using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Crypto;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Testing;

/// <summary>Handshakes between two gates over a real socket.</summary>
internal static class Handshakes
{
    /// <summary>The other side sees the leaf and what is sent with it, and trusts it, in either role.</summary>
    internal static async Task AssertServedAsync(LocalCertificate loaded, X509Certificate2 leaf, LocalCertificate other, TrustPolicy trust)
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        using var identity = NodeIdentity.Generate(SystemRandomSource.Instance);
        var peer = new PeerConfiguration { Name = "peer", Address = identity.Address, Accept = true, Trust = trust };
        foreach (var (server, client) in ((LocalCertificate, LocalCertificate)[])[(loaded, other), (other, loaded)])
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(listener.LocalEndPoint!, patience.Token);
            var accepting = new TlsGate(new ServedCertificate(server), [peer], TimeProvider.System).AcceptAsync(await listener.AcceptAsync(patience.Token), patience.Token);
            var (dialled, refusal) = await new TlsGate(new ServedCertificate(client), [peer], TimeProvider.System).DialAsync(socket, peer, patience.Token);
            var (accepted, acceptRefusal) = await accepting;
            Assert.True(dialled is not null, refusal?.Describe());
            Assert.True(accepted is not null, acceptRefusal?.Describe());
            var seen = (server == loaded ? dialled : accepted).Info.RemoteCertificateHash.ToArray();
            Assert.Equal(SHA256.HashData(leaf.RawData), seen);
            await dialled.Stream.DisposeAsync();
            await accepted.Stream.DisposeAsync();
        }
    }
}
