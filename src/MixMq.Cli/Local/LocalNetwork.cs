using System.Collections.Concurrent;
using MixMq.Cli.Processes;
using MixMq.Cli.Setup;
using MixMq.Contracts.Client;

namespace MixMq.Cli.Local;

/// <summary>The running processes of a network on this machine, and the control clients of its endpoints.</summary>
internal sealed class LocalNetwork : IAsyncDisposable
{
    /// <summary>The drain that is configured, and as much again for a busy machine.</summary>
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(6);
    private readonly ConcurrentDictionary<string, BackgroundProcess> _processes = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, InstalledMember> _members;
    private readonly CliEnvironment _environment;
    private readonly ShutdownSignals _signals;
    private readonly bool _outlivesUs;

    private LocalNetwork(LocalPlan plan, IReadOnlyDictionary<string, InstalledMember> members, CliEnvironment environment, ShutdownSignals signals, bool outlivesUs)
    {
        Plan = plan;
        _members = members;
        _environment = environment;
        _signals = signals;
        _outlivesUs = outlivesUs;
        Clients = plan.Endpoints.ToDictionary(node => node.Name, node => NodeControlClient.ForUnixSocket(members[node.Name].SocketPath));
    }

    public LocalPlan Plan { get; }

    public IReadOnlyDictionary<string, NodeControlClient> Clients { get; }

    public IReadOnlyDictionary<string, InstalledMember> Members => _members;

    public IEnumerable<BackgroundProcess> Processes => Plan.Members.Select(member => _processes.GetValueOrDefault(member.Name)).OfType<BackgroundProcess>();

    /// <summary>Leaves the processes running on disposal.</summary>
    public bool Keep { get; set; }

    /// <summary>Starts all processes, those that are dialled first.</summary>
    /// <exception cref="CommandException">One can't be started.</exception>
    public static async Task<LocalNetwork> StartAsync(
        LocalPlan plan, IReadOnlyDictionary<string, InstalledMember> members, CliEnvironment environment, ShutdownSignals signals, bool outlivesUs)
    {
        var network = new LocalNetwork(plan, members, environment, signals, outlivesUs);
        try
        {
            foreach (var member in plan.Members.Reverse())
            {
                signals.Token.ThrowIfCancellationRequested();
                network.Start(member);
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a member, or starts it again after its end.</summary>
    public void Start(LocalMember member)
    {
        var installed = _members[member.Name];
        var executable = Executable.Find(member.IsEndpoint ? ConfigurationKind.Node : ConfigurationKind.Float, _environment);
        var process = BackgroundProcess.Start(member.Name, executable, installed.ConfigurationPath, installed.LogPath, _outlivesUs);
        if (_processes.TryGetValue(member.Name, out var earlier))
            earlier.Dispose();
        _processes[member.Name] = process;
    }

    public BackgroundProcess Process(string member) => _processes[member];

    /// <summary>A process that ended though no one asked it to; null: none.</summary>
    public BackgroundProcess? FindDead() => Processes.FirstOrDefault(process => !process.IsExpectedToEnd && process.HasExited);

    /// <summary>Ends when a process ends unasked: it throws what to tell the user. Otherwise it ends by cancellation.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            if (FindDead() is not { } dead)
                continue;
            // Ctrl-C on a terminal reaches the processes too, and maybe before it reaches us.
            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
            throw CommandException.Failure($"{dead.Name} ended with code {dead.ExitCode}; the end of its log is above.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in Clients.Values)
            client.Dispose();
        if (!Keep)
            await Task.WhenAll(Processes.Select(process => process.StopAsync(StopBound, _signals.Immediately)));
        foreach (var process in Processes)
            process.Dispose();
    }
}
