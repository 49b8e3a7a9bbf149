using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;

namespace MixMq.Contracts.Tests;

/// <summary>A <see cref="FakeNode"/> served in this process over a socket in a directory of its own.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo? _directory;

    private RunningNode(WebApplication app, FakeNode node, string socketPath, RecordedLog log, DirectoryInfo? directory)
    {
        _app = app;
        Node = node;
        SocketPath = socketPath;
        Log = log;
        _directory = directory;
        Client = NodeControlClient.ForUnixSocket(socketPath);
    }

    public FakeNode Node { get; }

    public string SocketPath { get; }

    public RecordedLog Log { get; }

    public NodeControlClient Client { get; }

    public static async Task<RunningNode> StartAsync(TimeProvider? time = null, string? socketPath = null)
    {
        var directory = socketPath is null ? Directory.CreateTempSubdirectory("mixmq-c-") : null;
        socketPath ??= Path.Combine(directory!.FullName, "control.sock");
        var node = new FakeNode();
        var log = new RecordedLog();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Logging.AddProvider(log);
        if (time is not null)
            builder.Services.AddSingleton(time);
        builder.WebHost.ListenOnControlSocket(socketPath);
        var app = builder.Build();
        app.MapGrpc(NodeControlDefinition.Create(node));
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new RunningNode(app, node, socketPath, log, directory);
    }

    public Task StopAsync() => _app.StopAsync();

    /// <summary>A plain HTTP/2 client of the socket, for requests that no gRPC client makes.</summary>
    public HttpClient RawClient() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
        DefaultRequestVersion = new Version(2, 0),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _directory?.Delete(recursive: true);
    }

    internal sealed class RecordedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Lines.Enqueue(formatter(state, exception) + exception);
        }

        public void Dispose()
        {
        }
    }
}
