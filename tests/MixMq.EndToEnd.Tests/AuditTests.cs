using System.Diagnostics;

namespace MixMq.EndToEnd.Tests;

/// <summary>The audit trail of a float's process, through a crash.</summary>
public sealed class AuditTests
{
    private const int Terminate = 15;

    [Fact]
    public async Task A_killed_float_leaves_a_trail_that_the_next_one_goes_on_with_and_that_verifies()
    {
        var folder = Directory.CreateTempSubdirectory("e2e-audit-").FullName;
        try
        {
            var made = await MixMqProcess.RunAsync("float", "init", folder + "/float", "--listen", "127.0.0.1:7400");
            Assert.True(made.ExitCode == 0, made.Error);
            var trail = Path.Combine(folder, "float", "data", "audit.log");
            using (var first = await StartAsync(folder))
            {
                first.Kill();
                await first.WaitForExitAsync();
            }

            // As if the machine had stopped within a line.
            await File.AppendAllTextAsync(trail, "0123456789abcdef");
            using (var second = await StartAsync(folder))
            {
                MixMqProcess.Signal(second.Id, Terminate);
                await second.WaitForExitAsync();
                Assert.Equal(0, second.ExitCode);
            }

            var files = Directory.GetFiles(Path.GetDirectoryName(trail)!, "audit.log*");
            Assert.Equal(2, files.Length);
            var verified = await MixMqProcess.RunAsync(["audit", "verify", "--json", .. files]);
            Assert.True(verified.ExitCode == 0, verified.Output);
            var events = files.Order(StringComparer.Ordinal).Reverse().SelectMany(File.ReadLines).Where(line => line.Length > 66).Select(line => line.Split(' ')[3]);
            Assert.Equal(
                ["began", "started", "listener-opened", "began", "started", "listener-opened", "listener-closed", "stopped"], events);
            Assert.Contains(" torn=16", (await File.ReadAllLinesAsync(trail))[0], StringComparison.Ordinal);

            // A float that is stopped at once may not have come to its first sequence, and one that is killed may have been about to put it there.
            Assert.Subset(
                new HashSet<string>(StringComparer.Ordinal) { "audit.log", "audit.log.000000000001", "sequence", "sequence.new", "status.txt", "status.txt.lock" },
                Directory.GetFileSystemEntries(Path.GetDirectoryName(trail)!).Select(path => Path.GetFileName(path)).ToHashSet(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Started means that the trail says so on the disk and the log says so too.</summary>
    private static async Task<Process> StartAsync(string folder)
    {
        var start = new ProcessStartInfo(
            Path.Combine(Path.GetDirectoryName(MixMqProcess.Executable)!, "float", "MixMq.Float"), ["--config", folder + "/float/float.json", "--listen:0=127.0.0.1:0"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("Started", StringComparison.Ordinal))
        {
        }

        _ = process.StandardError.ReadToEndAsync();
        var trail = Path.Combine(folder, "float", "data", "audit.log");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!File.Exists(trail) || !(await ReadAsync(trail)).TrimEnd().EndsWith("listener=peer", StringComparison.Ordinal))
            await tick.WaitForNextTickAsync(patience.Token);

        return process;
    }

    private static async Task<string> ReadAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
