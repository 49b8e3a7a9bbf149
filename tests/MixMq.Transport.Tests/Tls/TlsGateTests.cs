using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MixMq.Crypto;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Tls;

/// <summary>Real TLS over loopback sockets.</summary>
public sealed class TlsGateTests : IDisposable
{
    private readonly TestCa _serverCa = new("server CA");
    private readonly TestCa _clientCa = new("client CA");
    private readonly CancellationTokenSource _patience = new(TestLog.Patience);

    public void Dispose()
    {
        _serverCa.Dispose();
        _clientCa.Dispose();
        _patience.Dispose();
    }

    [Fact]
    [Trait("Spec", "LNK-2")]
    public async Task Both_ends_see_one_channel_and_each_others_certificates()
    {
        using var server = _serverCa.IssueLocal();
        using var client = _clientCa.IssueLocal();
        var peerOfServer = Peer("client", _clientCa.Trust);
        var (accepted, dialled) = await MeetAsync(server, [peerOfServer], client, Peer("server", _serverCa.Trust));
        Assert.NotNull(accepted.Channel);
        Assert.NotNull(dialled.Channel);
        var (here, there) = (accepted.Channel.Info, dialled.Channel.Info);
        AssertLayout(here.ChannelBinding.Span);
        Assert.Equal(here.ChannelBinding.ToArray(), there.ChannelBinding.ToArray());
        Assert.Equal(here.LocalCertificateHash.ToArray(), there.RemoteCertificateHash.ToArray());
        Assert.Equal(here.RemoteCertificateHash.ToArray(), there.LocalCertificateHash.ToArray());
        Assert.Equal(peerOfServer.Address, Assert.Single(here.TrustedFor));
        Assert.Null(here.DialledPeer);
        Assert.Equal(SslProtocols.Tls13, accepted.Channel.Stream.SslProtocol);
        await accepted.Channel.Stream.DisposeAsync();
        await dialled.Channel.Stream.DisposeAsync();
    }

    [Fact]
    [Trait("Spec", "LNK-2")]
    public async Task Two_connections_of_the_same_ends_have_different_bindings()
    {
        using var server = _serverCa.IssueLocal();
        using var client = _clientCa.IssueLocal();
        var bindings = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            var (accepted, dialled) = await MeetAsync(server, [Peer("client", _clientCa.Trust)], client, Peer("server", _serverCa.Trust));
            Assert.True(bindings.Add(Convert.ToHexString(accepted.Channel!.Info.ChannelBinding.Span)));
            await accepted.Channel.Stream.DisposeAsync();
            await dialled.Channel!.Stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_pinned_key_lets_in_and_tells_for_whom()
    {
        using var server = _serverCa.IssueLocal();
        using var client = _clientCa.IssueLocal();
        using var stranger = _clientCa.IssueLocal();
        var pinned = Peer("pinned", new PinnedKeyTrust(client.Pin));
        var (accepted, dialled) = await MeetAsync(
            server, [Peer("other", new PinnedKeyTrust(stranger.Pin)), pinned], client, Peer("server", new PinnedKeyTrust(server.Pin)));
        Assert.Equal(pinned.Address, Assert.Single(accepted.Channel!.Info.TrustedFor));
        await accepted.Channel.Stream.DisposeAsync();
        await dialled.Channel!.Stream.DisposeAsync();
    }

    [Fact]
    public async Task The_dialling_side_refuses_a_wrong_certificate_and_knows_whose()
    {
        using var server = _serverCa.IssueLocal();
        using var client = _clientCa.IssueLocal();

        // The accepting side may have finished its handshake before the refusal reaches it: it then just sees the connection end.
        var (_, dialled) = await MeetAsync(server, [Peer("client", _clientCa.Trust)], client, Peer("server", _clientCa.Trust));
        Assert.Equal(new TlsRefusal(TlsFailure.CertificateRefused, TrustVerdict.NotIssuedByCa, "server"), dialled.Refusal);

        (_, dialled) = await MeetAsync(server, [Peer("client", _clientCa.Trust)], client, Peer("server", new PinnedKeyTrust(client.Pin)));
        Assert.Equal(new TlsRefusal(TlsFailure.CertificateRefused, TrustVerdict.OtherKey, "server"), dialled.Refusal);
    }

    [Fact]
    public async Task The_accepting_side_refuses_strangers_and_expired_peers_with_the_reason()
    {
        using var server = _serverCa.IssueLocal();
        using var stranger = _serverCa.IssueLocal();
        var (accepted, _) = await MeetAsync(server, [Peer("client", _clientCa.Trust)], stranger, Peer("server", _serverCa.Trust));
        Assert.Equal(TlsFailure.CertificateRefused, accepted.Refusal!.Failure);
        Assert.Null(accepted.Refusal.Peer);

        using var expired = _clientCa.IssueLocal(toDay: 5);
        (accepted, _) = await MeetAsync(server, [Peer("client", _clientCa.Trust)], expired, Peer("server", _serverCa.Trust));
        Assert.Equal(new TlsRefusal(TlsFailure.CertificateRefused, TrustVerdict.Expired, "client"), accepted.Refusal);
    }

    [Fact]
    public async Task A_peer_that_may_not_dial_in_is_not_even_asked_about()
    {
        using var server = _serverCa.IssueLocal();
        using var client = _clientCa.IssueLocal();
        var outboundOnly = Peer("client", _clientCa.Trust) with { Accept = false };
        var (accepted, _) = await MeetAsync(server, [outboundOnly], client, Peer("server", _serverCa.Trust));
        Assert.Equal(TlsFailure.CertificateRefused, accepted.Refusal!.Failure);
    }

    [Theory]
    [Trait("Spec", "LNK-1")]
    [InlineData(SslProtocols.Tls12, true, TlsFailure.NotTls13)]
    [InlineData(SslProtocols.Tls13, false, TlsFailure.CertificateRefused)]
    public async Task Older_versions_and_clients_without_certificate_are_refused(SslProtocols version, bool certificate, TlsFailure expected)
    {
        using var server = _serverCa.IssueLocal();
        using var client = _clientCa.IssueLocal();
        var refusal = await AcceptAsync(server, async stream =>
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "x",
                    EnabledSslProtocols = version,
                    ClientCertificateContext = certificate ? client.Context : null,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                _patience.Token);
            await tls.ReadExactlyAsync(new byte[1], _patience.Token);
        });
        Assert.Equal(expected, refusal.Failure);
        Assert.Equal(certificate ? TrustVerdict.Trusted : TrustVerdict.NoCertificate, refusal.Verdict);
    }

    [Fact]
    public async Task Garbage_instead_of_tls_is_refused()
    {
        using var server = _serverCa.IssueLocal();
        var refusal = await AcceptAsync(server, async stream =>
        {
            await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), _patience.Token);
            await stream.ReadExactlyAsync(new byte[4096], _patience.Token);
        });
        Assert.Equal(TlsFailure.NotTls13, refusal.Failure);
    }

    [Fact]
    public async Task Endless_handshake_bytes_are_cut_off_at_the_budget()
    {
        using var server = _serverCa.IssueLocal();
        var sent = 0L;
        var refusal = await AcceptAsync(server, async stream =>
        {
            // Handshake records of one huge ClientHello that never ends.
            var record = new byte[5 + 16384];
            (record[0], record[1], record[2], record[3], record[4]) = (22, 3, 1, 0x40, 0);
            (record[5], record[6], record[7], record[8]) = (1, 0xff, 0xff, 0xff);
            while (true)
            {
                await stream.WriteAsync(record, _patience.Token);
                sent += record.Length;
                record.AsSpan(5).Clear();
            }
        });
        Assert.True(refusal.Failure is TlsFailure.TooMuch or TlsFailure.NotTls13 or TlsFailure.Closed, refusal.Failure.ToString());
        Assert.True(sent < 16 << 20, "what was taken in is bounded (the rest is what the kernel buffers)");
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_given_up_when_the_time_is_over()
    {
        using var server = _serverCa.IssueLocal();
        using var over = new CancellationTokenSource();
        using var listener = Listen();
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await silent.ConnectAsync(listener.LocalEndPoint!, _patience.Token);
        var accepting = Gate(server, []).AcceptAsync(await listener.AcceptAsync(_patience.Token), over.Token);
        await over.CancelAsync();
        Assert.Equal(TlsFailure.TimedOut, (await accepting).Refusal!.Failure);
    }

    [Fact]
    [Trait("Spec", "LNK-1")]
    public async Task Certificates_for_servers_alone_or_clients_alone_serve_in_both_roles()
    {
        foreach (var usage in (string[])[TestCa.ServerUsage, TestCa.ClientUsage])
        {
            using var server = _serverCa.IssueLocal(usage, dnsNames: ["server.example"]);
            using var client = _clientCa.IssueLocal(usage, dnsNames: ["client.example"]);
            TrustPolicy[][] ways =
            [
                [_serverCa.Trust, _clientCa.Trust],
                [new PinnedKeyTrust(server.Pin), new PinnedKeyTrust(client.Pin)],
                [System(_serverCa, "server.example"), System(_clientCa, "client.example")],
            ];
            foreach (var way in ways)
            {
                var (accepted, dialled) = await MeetAsync(server, [Peer("client", way[1])], client, Peer("server", way[0]));
                Assert.True(accepted.Channel is not null, accepted.Refusal?.Describe());
                Assert.True(dialled.Channel is not null, dialled.Refusal?.Describe());
                await accepted.Channel.Stream.DisposeAsync();
                await dialled.Channel.Stream.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_certificate_of_a_public_ca_to_another_name_is_refused_in_both_roles()
    {
        using var server = _serverCa.IssueLocal(dnsNames: ["server.example"]);
        using var client = _serverCa.IssueLocal(dnsNames: ["client.example"]);
        var (_, dialled) = await MeetAsync(server, [Peer("client", System(_serverCa, "client.example"))], client, Peer("server", System(_serverCa, "elsewhere.example")));
        Assert.Equal(new TlsRefusal(TlsFailure.CertificateRefused, TrustVerdict.OtherName, "server"), dialled.Refusal);
        Assert.Contains("trust:dnsName", dialled.Refusal!.Describe(), StringComparison.Ordinal);

        // Who shows a certificate of a public CA to the accepting side could be anybody: no peer is named.
        var (accepted, _) = await MeetAsync(server, [Peer("client", System(_serverCa, "elsewhere.example"))], client, Peer("server", System(_serverCa, "server.example")));
        Assert.Equal(TlsFailure.CertificateRefused, accepted.Refusal!.Failure);
        Assert.Null(accepted.Refusal.Peer);
        Assert.Contains("no configured peer", accepted.Refusal.Describe(), StringComparison.Ordinal);
    }

    private static SystemTrust System(TestCa ca, string name)
    {
        Assert.True(RequiredDnsName.TryParse(name, out var required));
        return new SystemTrust(ca.AsSystemStore, required);
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static TlsGate Gate(LocalCertificate certificate, PeerConfiguration[] peers) => new(new ServedCertificate(certificate), [.. peers], TimeProvider.System);

    private static PeerConfiguration Peer(string name, TrustPolicy trust)
    {
        using var identity = NodeIdentity.Generate(SystemRandomSource.Instance);
        return new PeerConfiguration { Name = name, Address = identity.Address, Accept = true, Trust = trust };
    }

    private async Task<((TlsChannel? Channel, TlsRefusal? Refusal) Accepted, (TlsChannel? Channel, TlsRefusal? Refusal) Dialled)> MeetAsync(
        LocalCertificate server, PeerConfiguration[] serverPeers, LocalCertificate client, PeerConfiguration serverAsPeer)
    {
        using var listener = Listen();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, _patience.Token);
        var accepting = Gate(server, serverPeers).AcceptAsync(await listener.AcceptAsync(_patience.Token), _patience.Token);
        var dialling = Gate(client, [serverAsPeer]).DialAsync(socket, serverAsPeer, _patience.Token);
        await Task.WhenAll(accepting, dialling);
        return (await accepting, await dialling);
    }

    /// <summary>Lets a client do what it wants and says how the gate took it.</summary>
    private async Task<TlsRefusal> AcceptAsync(LocalCertificate server, Func<NetworkStream, Task> client)
    {
        using var listener = Listen();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, _patience.Token);
        var accepting = Gate(server, [Peer("client", _clientCa.Trust)]).AcceptAsync(await listener.AcceptAsync(_patience.Token), _patience.Token);
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await client(stream);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // Cut off, as it should be.
        }

        var (channel, refusal) = await accepting;
        Assert.Null(channel);
        return refusal!;
    }

    // spec/04, section 2: a header of 32 bytes, the kind of binding, and the client's verify_data of 32 or 48 bytes.
    private static void AssertLayout(ReadOnlySpan<byte> binding)
    {
        Assert.Equal(-1, binding[..24].IndexOfAnyExcept((byte)0));
        Assert.Equal(binding.Length - 32, BinaryPrimitives.ReadInt32LittleEndian(binding[24..]));
        Assert.Equal(32, BinaryPrimitives.ReadInt32LittleEndian(binding[28..]));
        Assert.True(binding[32..43].SequenceEqual("tls-unique:"u8));
        Assert.True((binding.Length - 43) is 32 or 48);
    }
}
