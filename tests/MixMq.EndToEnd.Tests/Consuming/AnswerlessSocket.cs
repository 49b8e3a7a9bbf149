using System.Net.Sockets;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>
/// A socket between an application and its node. It carries everything until <see cref="Swallow"/>; from then on what the node says is lost, and <see cref="BreakAsync"/> breaks all
/// connections, which is what the node and what a restarted application see when the application is killed before it read an answer.
/// </summary>
internal sealed class AnswerlessSocket : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Task> _copies = [];
    private readonly string _node;
    private readonly Task _accepting;
    private volatile bool _swallows;

    public AnswerlessSocket(string path, string node)
    {
        Path = path;
        _node = node;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public string Path { get; }

    public void Swallow() => _swallows = true;

    /// <summary>Breaks all connections.</summary>
    public async Task BreakAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll([_accepting, .. _copies]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await BreakAsync();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var application = await _listener.AcceptAsync(_ended.Token);
            var node = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await node.ConnectAsync(new UnixDomainSocketEndPoint(_node), _ended.Token);
            _copies.Add(CopyAsync(application, node, () => false));
            _copies.Add(CopyAsync(node, application, () => _swallows));
        }
    }

    private async Task CopyAsync(Socket from, Socket to, Func<bool> swallows)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer, _ended.Token) is > 0 and var read)
            {
                if (!swallows())
                    await to.SendAsync(buffer.AsMemory(0, read), _ended.Token);
            }
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone: so is the other.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
