using System.Net;
using System.Net.Sockets;

namespace MixMq.Transport.Tests.Testing;

/// <summary>A line between a dialler and a target, on which what the target sends can be held: nobody reads it then, as where a machine is stopped.</summary>
internal sealed class HeldLine : IAsyncDisposable
{
    /// <summary>What the line itself has room for is little, so that what waits waits at the sender.</summary>
    private const int ReceiveBytes = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly List<Task> _pumps = [];
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal HeldLine(IPEndPoint target)
    {
        _target = target;
        _open.SetResult();
        _listener.Start();
        Endpoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    internal IPEndPoint Endpoint { get; }

    public async ValueTask DisposeAsync()
    {
        Release();
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_pumps);
        _stop.Dispose();
    }

    internal void Hold() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Release() => _ = _open.TrySetResult();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var dialler = await _listener.AcceptSocketAsync(_stop.Token);
                var target = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = ReceiveBytes };
                await target.ConnectAsync(_target, _stop.Token);
                _pumps.Add(PumpAsync(dialler, target, isHeld: false));
                _pumps.Add(PumpAsync(target, dialler, isHeld: true));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The end.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isHeld)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                if (isHeld)
                {
                    await _open.Task.WaitAsync(_stop.Token);
                }

                var read = await from.ReceiveAsync(buffer, _stop.Token);
                if (read == 0)
                {
                    break;
                }

                await to.SendAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either side is gone.
        }

        from.Dispose();
        to.Dispose();
    }
}
