using System.Net.Sockets;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.EndToEnd.Tests.Hostile;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Testing;

namespace MixMq.EndToEnd.Tests;

/// <summary>
/// A real float with two honest neighbours, and everything on its port that a hostile client can think of: each attack is counted by its
/// reason, memory stays bounded, the log names no one, and the honest links never go down.
/// </summary>
[Collection(RigCollection.Name)]
public sealed class HostileFloatTests : IDisposable
{
    private const string Network = "hostile";
    private const long MemoryBound = 250L << 20;
    private const int HalfOpen = 80;
    private const int UnauthenticatedLimit = 64;
    private const string Drops = "dropped";
    private const string Links = "links refused";
    private const string Connections = "connections refused";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hostile-");
    private readonly NetworkDefinition _network = CreateNetwork();
    private readonly Member _targetMember = new("target", FreePorts.One());
    private readonly Member[] _honestMembers = [new("honest-a"), new("honest-b")];
    private readonly Member _stranger = new("stranger");
    private readonly Member _hostile;
    private readonly FloatProcess _target;
    private readonly FloatProcess[] _honest;
    private readonly List<byte[]> _packets = [];

    public HostileFloatTests()
    {
        // The end with the lower address leads the link; a follower's part is the simpler one to speak by hand.
        _hostile = new Member("hostile");
        while (_hostile.Address < _targetMember.Address)
        {
            _hostile.Dispose();
            _hostile = new Member("hostile");
        }

        _target = new FloatProcess(_targetMember.Install(
            FolderOf(_targetMember), Network, [.. _honestMembers.Append(_hostile).Select(member => member.AsPeer(dial: false))]));
        _honest = [.. _honestMembers.Select(member => new FloatProcess(member.Install(FolderOf(member), Network, _targetMember.AsPeer(dial: true))))];
    }

    public void Dispose()
    {
        foreach (var process in _honest.Append(_target))
            process.Dispose();
        foreach (var member in _honestMembers.Concat([_targetMember, _stranger, _hostile]))
            member.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_float_serves_its_honest_neighbours_whatever_else_comes_to_its_port()
    {
        await _target.UntilAsync("honest links", status => status.IsSteady("honest-a") && status.IsSteady("honest-b"));
        await using var silent = await ConnectAsync();

        var keys = await SendPacketsAndGossipAsync();
        await SendMalformedCellsAsPeerAsync();
        await SendCellsBeforeAuthenticationAsync();
        await OpenLinksWronglyAsync();
        await SpeakTlsWronglyAsync();
        await LeaveHandshakesHalfOpenAsync();
        await UntilAsync(Links, "HandshakeTimeout", 1);

        // It still serves: a packet by way of it arrives, and HELLOs go on for longer than a link without them would last.
        await RelayAsync(keys, arrived: 2);
        var since = _target.Number(@"^  honest-a +up +for (\d+) s");
        await _target.UntilAsync("HELLOs going on", status =>
            status.IsSteady("honest-a") && status.IsSteady("honest-b") && status.Number(@"^  honest-a +up +for (\d+) s") >= since + 6);
        AssertMemory();

        Assert.Equal(0, await _target.StopAsync(TimeSpan.FromSeconds(120)));
        AssertLogs();
        foreach (var honest in _honest)
            Assert.Equal(0, await honest.StopAsync(TimeSpan.FromSeconds(120)));
    }

    /// <summary>As an authenticated peer whose link is up: good packets, copies, damaged ones, noise, too many; last a topology cell that no one can parse.</summary>
    private async Task<Dictionary<NodeAddress, MixPublicKey>> SendPacketsAndGossipAsync()
    {
        await using var peer = await ConnectAsync();
        await peer.HandshakeAsync();
        await _target.UntilAsync("an epoch", status => status.Number(@"^epoch +(\d+)") >= 0);
        var keys = await peer.FetchKeysAsync((uint)_target.Number(@"^epoch +(\d+)"), _targetMember.Address, _honestMembers[0].Address);
        peer.KeepUp();
        var packet = Wrap(keys, _targetMember);
        await peer.SendPacketAsync(packet);
        await UntilAsync(Drops, "NotForFloat", 1);
        for (var i = 0; i < 5; i++)
            await peer.SendPacketAsync(packet);
        await UntilAsync(Drops, "PacketReplayed", 5);

        var relayed = Wrap(keys, _targetMember, _honestMembers[0]);
        await peer.SendPacketAsync(relayed);
        await _honest[0].UntilAsync("a relayed packet", status => status.Counter(Drops, "NotForFloat") == 1);

        // Damaged in its authenticated part, in its group element, in its version.
        await peer.SendPacketAsync(Damage(Wrap(keys, _targetMember), 60, 1));
        await UntilAsync(Drops, "PacketNotAuthentic", 1);
        var element = Wrap(keys, _targetMember);
        element.AsSpan(1, 32).Fill(0xff);
        await peer.SendPacketAsync(element);
        await UntilAsync(Drops, "PacketElementInvalid", 1);
        await peer.SendPacketAsync(Damage(Wrap(keys, _targetMember), 0, 0x80));
        await UntilAsync(Drops, "PacketMalformed", 1);

        for (var i = 0; i < 4 * Member.PacketBurst; i++)
            await peer.SendPacketAsync(RandomNumberGenerator.GetBytes(_network.Geometry.PacketBytes));
        await UntilAsync(Drops, "RateLimited", 1);
        AssertMemory();

        await peer.SendAsync(HostilePeer.Topology, [0, 99, 1, 2, 3]);
        await peer.AssertClosedAsync();
        await _target.UntilAsync("link closed for its topology cell", status => status.Status.Contains("last closed: ProtocolViolation", StringComparison.Ordinal));
        return keys;
    }

    private async Task SendMalformedCellsAsPeerAsync()
    {
        var full = new byte[1 + _network.Geometry.PacketBytes];
        foreach (var (type, cause, count) in new[] { (HostilePeer.Hello, "CellMalformed", 1), (HostilePeer.Topology, "CellMalformed", 2), (HostilePeer.Control, "CellMalformed", 3), ((byte)77, "CellTypeUnknown", 1) })
        {
            // The length that it says is far beyond the cell.
            full.AsSpan().Fill(0xff);
            full[0] = type;
            await using var peer = await ConnectAsync();
            await peer.HandshakeAsync();
            await peer.SendRawAsync(full);
            await peer.AssertClosedAsync();
            await UntilAsync(Drops, cause, count);
        }

        foreach (var content in new[] { [], new byte[72], [.. Enumerable.Repeat((byte)0xff, 73)] })
        {
            await using var peer = await ConnectAsync();
            await peer.HandshakeAsync();
            await peer.SendAsync(HostilePeer.Hello, content);
            await peer.AssertClosedAsync();
        }

        await UntilAsync(Drops, "CellMalformed", 6);
        await using var late = await ConnectAsync();
        await late.HandshakeAsync();
        await late.SendAsync(HostilePeer.Control, late.OpenMessage());
        await late.AssertClosedAsync();
        await UntilAsync(Drops, "CellOutOfOrder", 1);
        AssertMemory();
    }

    /// <summary>With a permitted certificate, and nothing proved.</summary>
    private async Task SendCellsBeforeAuthenticationAsync()
    {
        var cellBytes = 1 + _network.Geometry.PacketBytes;
        var malformed = _target.Counter(Links, "Malformed");
        var garbage = RandomNumberGenerator.GetBytes(20 * cellBytes);
        garbage[0] = 99;
        byte[] tooLong = new byte[cellBytes];
        (tooLong[0], tooLong[1], tooLong[2]) = (HostilePeer.Control, 0xff, 0xff);
        foreach (var bytes in new[] { garbage, tooLong })
        {
            await using var peer = await ConnectAsync();
            await peer.TrySendRawAsync(bytes);
            await peer.AssertClosedAsync();
        }

        await UntilAsync(Links, "Malformed", malformed + 2);

        // Half a cell, and gone.
        var closed = _target.Counter(Links, "ClosedByPeer");
        await using (var peer = await ConnectAsync())
            await peer.SendRawAsync(new byte[cellBytes / 2]);
        await UntilAsync(Links, "ClosedByPeer", closed + 1);

        // Well formed, but not what comes first.
        var disordered = _target.Counter(Links, "CellOutOfOrder");
        foreach (var type in new[] { HostilePeer.Packet, HostilePeer.Hello, HostilePeer.Topology })
        {
            await using var peer = await ConnectAsync();
            await peer.SendAsync(type, [1, 2, 3]);
            await peer.AssertClosedAsync();
        }

        await UntilAsync(Links, "CellOutOfOrder", disordered + 3);
        await UntilAsync(Drops, "NotAuthenticated", 1);
        AssertMemory();
    }

    private async Task OpenLinksWronglyAsync()
    {
        foreach (var (reason, open) in new (string, Func<HostilePeer, byte[]>)[]
        {
            ("NetworkMismatch", peer => peer.OpenMessage(networkSpoiler: 1)),
            ("VersionMismatch", peer => peer.OpenMessage(lowest: 9, highest: 12)),
            ("NotPermitted", peer => peer.OpenMessage(address: _stranger.Address)),
            ("NotTrusted", peer => peer.OpenMessage(address: _honestMembers[0].Address)),
            ("Reflected", peer => peer.OpenMessage(address: _targetMember.Address)),
        })
        {
            await using var peer = await ConnectAsync();
            await peer.SendAsync(HostilePeer.Control, open(peer));
            await peer.AssertClosedAsync();
            await UntilAsync(Links, reason, 1);
        }

        await using var forger = await ConnectAsync();
        await forger.HandshakeAsync(spoilSignature: true);
        await forger.AssertClosedAsync();
        await UntilAsync(Links, "BadSignature", 1);
        AssertMemory();
    }

    private async Task SpeakTlsWronglyAsync()
    {
        var noise = RandomNumberGenerator.GetBytes(200_000);
        // Nothing that could begin a TLS record.
        noise[0] = (byte)'G';
        await SendBeforeTlsAsync(noise);
        await UntilAsync(Connections, "NotTls13", 1);

        // A ClientHello of 130,000 bytes: well-formed records, more than anyone may send who has proved nothing.
        await SendBeforeTlsAsync([.. Enumerable.Range(0, 8).SelectMany(record =>
            (byte[])[22, 3, 1, 0x3f, 0x00, .. record == 0 ? (byte[])[1, 0x01, 0xfb, 0xd0, 3, 3] : new byte[6], .. new byte[0x3f00 - 6]])]);
        await UntilAsync(Connections, "TooMuch", 1);

        foreach (var (certificate, count) in new[] { (false, 1), (true, 2) })
        {
            await using var unknown = await HostilePeer.ConnectAsync(_stranger, _targetMember, _network, certificate);
            await unknown.AssertClosedAsync();
            await UntilAsync(Connections, "CertificateRefused", count);
        }

        AssertMemory();
    }

    /// <summary>The beginning of a ClientHello, on more connections than the float lets anyone have who has proved nothing.</summary>
    private async Task LeaveHandshakesHalfOpenAsync()
    {
        var begun = new List<Socket>();
        try
        {
            // Where so many take longer to begin than each of them is given, the first have ended when the last come: then there are more.
            do
            {
                for (var i = 0; i < HalfOpen; i++)
                {
                    begun.Add(await HostilePeer.ConnectSocketAsync(_targetMember));
                    await TrySendAsync(begun[^1], [22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, .. RandomNumberGenerator.GetBytes(32)]);
                }

                AssertMemory();
                await _target.UntilAsync("end of half-open handshakes", status =>
                    status.Counter(Connections, "TooMany") + status.Counter(Connections, "TimedOut") >= begun.Count);
            }
            while (_target.Counter(Connections, "TooMany") < HalfOpen - UnauthenticatedLimit);
        }
        finally
        {
            begun.ForEach(socket => socket.Dispose());
        }

        // Their places are free again, also for who comes and goes.
        using (await HostilePeer.ConnectSocketAsync(_targetMember))
        {
        }

        await UntilAsync(Connections, "Closed", 1);
    }

    private async Task RelayAsync(Dictionary<NodeAddress, MixPublicKey> keys, int arrived)
    {
        await using var peer = await ConnectAsync();
        await peer.HandshakeAsync();
        await peer.SendPacketAsync(Wrap(keys, _targetMember, _honestMembers[0]));
        await _honest[0].UntilAsync("a relayed packet", status => status.Counter(Drops, "NotForFloat") == arrived);
    }

    private byte[] Wrap(Dictionary<NodeAddress, MixPublicKey> keys, params Member[] path)
    {
        using var writer = new PacketWriter();
        var packet = new byte[_network.Geometry.PacketBytes];
        PathHop[] hops = [.. path.Select(member => new PathHop(member.Address, keys[member.Address], 0))];
        Assert.Equal(WrapResult.Wrapped, writer.Wrap(_network, hops, "nothing"u8, SystemRandomSource.Instance, packet));
        _packets.Add(packet);
        return packet;
    }

    private static byte[] Damage(byte[] packet, int at, byte bits)
    {
        packet[at] ^= bits;
        return packet;
    }

    private Task<HostilePeer> ConnectAsync() => HostilePeer.ConnectAsync(_hostile, _targetMember, _network);

    private async Task SendBeforeTlsAsync(byte[] bytes)
    {
        using var socket = await HostilePeer.ConnectSocketAsync(_targetMember);
        await TrySendAsync(socket, bytes);
        await using var stream = new NetworkStream(socket);
        try
        {
            await stream.CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromSeconds(120));
        }
        catch (IOException)
        {
            // Cut off.
        }
    }

    private static async Task TrySendAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // Cut off.
        }
    }

    private Task UntilAsync(string section, string counter, long least) =>
        _target.UntilAsync($"{section}: {counter} {least}", status => status.Counter(section, counter) >= least);

    private void AssertMemory() => Assert.InRange(_target.ResidentBytes, 1, MemoryBound);

    private void AssertLogs()
    {
        foreach (var log in _honest.Append(_target).Select(process => process.Log))
        {
            Assert.DoesNotContain("127.0.0.1:", log, StringComparison.Ordinal);
            Assert.DoesNotContain("::1", log, StringComparison.Ordinal);
            foreach (var member in _honestMembers.Concat([_stranger, _hostile]))
            {
                Assert.DoesNotContain(member.Address.ToString(), log, StringComparison.Ordinal);
                Assert.DoesNotContain(Convert.ToHexString(member.Address.ToArray()), log, StringComparison.OrdinalIgnoreCase);
            }

            // The beginning of each good packet, and long runs of hexadecimal or Base64 at all.
            foreach (var packet in _packets)
                Assert.DoesNotContain(Convert.ToHexString(packet.AsSpan(1, 8)), log, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotMatch("[0-9a-fA-F]{48,}", log);
            Assert.DoesNotMatch("[0-9A-Za-z+/]{88,}", log);
        }
    }

    private string FolderOf(Member member) => Path.Combine(_folder.FullName, member.Name);

    private static NetworkDefinition CreateNetwork()
    {
        Assert.True(NetworkDefinition.TryCreate(Network, PacketGeometry.Default, NetworkDefinition.DefaultMaxDelayMs, out var network, out _));
        return network;
    }
}
