using System.Net.Sockets;
using System.Security.Cryptography;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests;

/// <summary>Peers that speak cells wrongly, before and after they are authenticated: cut off and counted, and the other links go on.</summary>
public sealed class HostilePeerTests : IAsyncLifetime
{
    private readonly TestNode _target = new("target");
    private readonly TestNode _good = new("good");
    private readonly TestNode _bad = new("bad");

    public async Task InitializeAsync()
    {
        await _target.Knows(_good, accept: true).Knows(_bad, accept: true).StartAsync();
        await _good.Knows(_target, dial: true).StartAsync();
        await Task.WhenAll(_good.UpAsync(_target), _target.UpAsync(_good));
    }

    public async Task DisposeAsync()
    {
        // Whatever was done to the target: its other link never went down, nothing failed inside, and no buffer is lost.
        Assert.DoesNotContain(_target.Log.Lines, line => line.Contains("Link to good is down", StringComparison.Ordinal));
        Assert.DoesNotContain(_target.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
        Assert.Equal(LinkStatus.Up, (await _target.Host.SnapshotAsync()).Links.Single(link => link.Peer == "good").Status);
        await _target.UntilAsync(_ => _target.Host.Pool.Outstanding == 0);
        await _bad.DisposeAsync();
        await _good.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task Random_bytes_before_tls_are_cut_off()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_target.Endpoint);
        await using var stream = new NetworkStream(socket);
        try
        {
            await stream.WriteAsync(RandomNumberGenerator.GetBytes(200_000));
            await stream.ReadExactlyAsync(new byte[1 << 16]).AsTask().WaitAsync(TestLog.Patience);
        }
        catch (IOException)
        {
            // Cut off.
        }

        await _target.Log.WaitForAsync("does not speak TLS 1.3");
    }

    [Fact]
    public async Task The_handshake_written_from_the_specification_is_accepted()
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        await raw.HandshakeAsync();
        Assert.Equal(73, (await raw.ReadContentAsync(CellType.Hello)).Length);
    }

    [Theory]
    [InlineData(CellType.Packet)]
    [InlineData(CellType.Hello)]
    [InlineData(CellType.Topology)]
    [InlineData((CellType)77)]
    public async Task Anything_but_link_open_as_first_cell_is_cut_off(CellType first)
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        await raw.SendAsync(first, [1, 2, 3]);
        await raw.AssertClosedAsync();
        await _target.UntilAsync(snapshot => snapshot.Connections == 1);
    }

    [Fact]
    public async Task Random_cells_inside_tls_are_cut_off()
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        try
        {
            await raw.SendRawAsync(RandomNumberGenerator.GetBytes(40_000));
        }
        catch (IOException)
        {
            // Cut off after the first of several records.
        }

        await raw.AssertClosedAsync();
    }

    [Fact]
    public async Task A_flood_before_link_auth_is_cut_off_at_the_budget()
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        await raw.SendControlAsync(raw.OpenMessage());
        try
        {
            for (var i = 0; i < 4096; i++)
            {
                await raw.SendAsync(CellType.Padding, []);
            }
        }
        catch (IOException)
        {
            // Cut off while it wrote.
        }

        await raw.AssertClosedAsync();
    }

    [Fact]
    public async Task A_wrong_signature_is_turned_away_and_named()
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        await raw.HandshakeAsync(spoilSignature: true);
        await raw.AssertClosedAsync();
        await _target.Log.WaitForAsync("Connection from bad was turned away");
        Assert.Equal(1, (await _target.Host.SnapshotAsync()).RefusalsOf(LinkRefusalReason.BadSignature));
    }

    [Fact]
    public async Task Another_version_is_answered_with_link_open_and_turned_away()
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        await raw.SendControlAsync(raw.OpenMessage(lowest: 9, highest: 12));
        Assert.Equal(100, (await raw.ReadContentAsync(CellType.Control)).Length);
        await raw.AssertClosedAsync();
        await _target.Log.WaitForAsync("speaks link protocol versions 9 to 12");
    }

    [Theory]
    [InlineData(CellType.Hello)]
    [InlineData(CellType.Topology)]
    [InlineData(CellType.Control)]
    [InlineData((CellType)200)]
    public async Task A_malformed_cell_after_link_auth_is_cut_off_and_counted(CellType type)
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        await raw.HandshakeAsync();
        await raw.ReadContentAsync(CellType.Hello);
        var cell = new byte[TestNode.Network.CellBytes];
        cell.AsSpan().Fill(0xff);
        cell[0] = (byte)type;
        await raw.SendRawAsync(cell);
        await raw.AssertClosedAsync();
        await _target.UntilAsync(snapshot => snapshot.DropsOf(DropCause.CellMalformed) + snapshot.DropsOf(DropCause.CellTypeUnknown) == 1);
    }

    [Fact]
    [Trait("Spec", "SPX-14")]
    public async Task Random_packets_after_link_auth_are_dropped_by_reason()
    {
        await using var raw = await RawPeer.ConnectAsync(_bad, _target);
        await raw.HandshakeAsync();
        await raw.ReadContentAsync(CellType.Hello);
        for (var i = 0; i < 50; i++)
        {
            var cell = RandomNumberGenerator.GetBytes(TestNode.Network.CellBytes);
            cell[0] = (byte)CellType.Packet;
            await raw.SendRawAsync(cell);
        }

        await _target.UntilAsync(snapshot => snapshot.Drops.Sum(drop => drop.Count) >= 50);
    }
}
