using System.Diagnostics;
using System.Globalization;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>
/// A network namespace: a machine with interfaces, routes and firewall of its own. It has no name in the system; a process that does nothing keeps it, and ends when the
/// test's process does, however that ends. So nothing is ever left behind, and two runs at once don't meet.
/// </summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private readonly Process _keeper;

    private NetworkNamespace(Process keeper) => _keeper = keeper;

    /// <summary>Makes one.</summary>
    /// <param name="first">One made before, to whose user namespace it belongs too; null: the first.</param>
    public static async Task<NetworkNamespace> CreateAsync(NetworkNamespace? first)
    {
        const string keep = "echo kept; exec cat";
        string[] command = (first, NetworkNamespaces.InUser) switch
        {
            (null, true) => ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", keep],
            (not null, true) => ["nsenter", "--target", first.Id, "--user", "--preserve-credentials", "unshare", "--net", "sh", "-c", keep],
            _ => ["unshare", "--net", "sh", "-c", keep],
        };
        var keeper = NetworkNamespaces.Start(command);
        var created = new NetworkNamespace(keeper);
        if (await keeper.StandardOutput.ReadLineAsync() == "kept")
            return created;
        var errors = await keeper.StandardError.ReadToEndAsync();
        await created.DisposeAsync();
        throw new InvalidOperationException($"No network namespace: {errors}");
    }

    /// <summary>The process by which others find it.</summary>
    public string Id => _keeper.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The command that runs another one in it, as one process.</summary>
    public string[] Within(params IEnumerable<string> command) =>
        NetworkNamespaces.InUser ? ["nsenter", "--target", Id, "--user", "--preserve-credentials", "--net", .. command] : ["nsenter", "--target", Id, "--net", .. command];

    /// <summary>Runs a shell script in it, which must do without error; what it says.</summary>
    public async Task<string> RunAsync(string script)
    {
        using var process = NetworkNamespaces.Start(Within("sh", "-e"));
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(script);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{await errors}\n{script}");
    }

    /// <summary>A connection to a port, attempted from here: begun, and to be waited for or killed by the caller.</summary>
    public Process Connect(string address, int port) => NetworkNamespaces.Start(Within("bash", "-c", $"exec 3<>/dev/tcp/{address}/{port}"));

    /// <summary>What a port answers to someone here.</summary>
    public async Task<PortState> ProbeAsync(string address, int port)
    {
        using var process = Connect(address, port);
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? PortState.Open
            : (await errors).Contains("Connection refused", StringComparison.Ordinal) ? PortState.Refused
            : PortState.Silent;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_keeper.HasExited)
            _keeper.Kill();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
    }
}
