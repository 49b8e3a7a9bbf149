using System.Diagnostics;
using System.Globalization;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>Captures what arrives at a firewall, before its rules, into a file. It ends with the test's process at the latest.</summary>
internal sealed class PacketCapture : IAsyncDisposable
{
    private readonly Process _process;

    private PacketCapture(Process process, string file)
    {
        _process = process;
        File = file;
    }

    public string File { get; }

    public static async Task<PacketCapture> StartAsync(NetworkNamespace at, string file)
    {
        var process = NetworkNamespaces.Start(at.Within("python3", Path.Combine(AppContext.BaseDirectory, "Firewalls", "capture.py"), file));
        var capture = new PacketCapture(process, file);
        if (await process.StandardOutput.ReadLineAsync() == "capturing")
            return capture;
        var errors = await process.StandardError.ReadToEndAsync();
        await capture.DisposeAsync();
        throw new InvalidOperationException($"Nothing is captured: {errors}");
    }

    /// <summary>Ends it.</summary>
    /// <returns>How many packets are in the file, and how many were too fast for it.</returns>
    public async Task<(int Packets, int Dropped)> StopAsync()
    {
        _process.StandardInput.Close();
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());
        await _process.WaitForExitAsync();
        var counts = line.Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return (counts[0], counts[1]);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
