using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MixMq.Transport.Tests.Testing;

/// <summary>A proxy that does as its script says, with one connection after another, and keeps what it was sent.</summary>
internal sealed class FakeProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    internal FakeProxy(Func<Socket, FakeProxy, CancellationToken, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _loop = RunAsync(script);
    }

    internal IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>What the client sent until the tunnel was open.</summary>
    internal List<byte> Received { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    /// <summary>Sends bytes whatever comes, and then waits for the client to hang up.</summary>
    internal static FakeProxy Answering(params byte[][] answers) => new(async (socket, proxy, stop) =>
    {
        foreach (var answer in answers)
        {
            await socket.SendAsync(answer, stop);
        }

        await proxy.DrainAsync(socket, stop);
    });

    /// <summary>A SOCKS5 proxy that takes every name for this machine.</summary>
    internal static FakeProxy Socks5(int targetPort) => new(async (socket, proxy, stop) =>
    {
        var greeting = await proxy.TakeAsync(socket, 2, stop);
        var methods = await proxy.TakeAsync(socket, greeting[1], stop);
        var method = methods.Contains((byte)2) ? (byte)2 : (byte)0;
        await socket.SendAsync(new byte[] { 5, method }, stop);
        if (method == 2)
        {
            var user = await proxy.TakeAsync(socket, 2, stop);
            await proxy.TakeAsync(socket, user[1], stop);
            await proxy.TakeAsync(socket, (await proxy.TakeAsync(socket, 1, stop))[0], stop);
            await socket.SendAsync(new byte[] { 1, 0 }, stop);
        }

        var request = await proxy.TakeAsync(socket, 5, stop);
        await proxy.TakeAsync(socket, (request[3] == 3 ? request[4] : request[3] == 1 ? 3 : 15) + 2, stop);
        await socket.SendAsync(new byte[] { 5, 0, 0, 3, 4, (byte)'h', (byte)'e', (byte)'r', (byte)'e', 0, 1 }, stop);
        await TunnelAsync(socket, targetPort, stop);
    });

    /// <summary>An HTTP proxy that takes every name for this machine.</summary>
    internal static FakeProxy Http(int targetPort) => new(async (socket, proxy, stop) =>
    {
        while (!Encoding.ASCII.GetString([.. proxy.Received]).EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await proxy.TakeAsync(socket, 1, stop);
        }

        await socket.SendAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Connection established\r\nContent-Length: 7\r\n\r\n"u8.ToArray(), stop);
        await TunnelAsync(socket, targetPort, stop);
    });

    private static async Task TunnelAsync(Socket client, int port, CancellationToken stop)
    {
        using var target = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await target.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
        await using var left = new NetworkStream(client);
        await using var right = new NetworkStream(target);
        await Task.WhenAny(left.CopyToAsync(right, stop), right.CopyToAsync(left, stop));
    }

    private async Task<byte[]> TakeAsync(Socket socket, int count, CancellationToken stop)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            if (await socket.ReceiveAsync(bytes.AsMemory(i, 1), stop) == 0)
            {
                throw new IOException("The client hung up.");
            }
        }

        Received.AddRange(bytes);
        return bytes;
    }

    private async Task DrainAsync(Socket socket, CancellationToken stop)
    {
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, stop) is > 0 and var read)
        {
            Received.AddRange(buffer.AsSpan(0, read));
        }
    }

    private async Task RunAsync(Func<Socket, FakeProxy, CancellationToken, Task> script)
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = await _listener.AcceptAsync(_stop.Token);
                await script(socket, this, _stop.Token);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The client's end, or the test's.
            }
        }
    }
}
