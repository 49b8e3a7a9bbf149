using System.Diagnostics;

namespace MixMq.Storage.Tests.Crash;

/// <summary>A run of <see cref="CrashWriter"/>, which is killed at the latest with this object.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.UseShellExecute = false;
        _process = Process.Start(start)!;
    }

    public static ChildProcess Start(params string[] arguments) => new(new ProcessStartInfo(Dotnet, [Assembly, .. arguments]));

    /// <summary>The same with a file system of 1 MiB at the folder, which only the child sees.</summary>
    public static ChildProcess StartOnSmallFileSystem(string folder, params string[] arguments) => new(new ProcessStartInfo(
        "/usr/bin/unshare",
        ["--mount", "--propagation", "private", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs \"$0\" && exec \"$@\"", folder, Dotnet, Assembly, .. arguments]));

    /// <summary>The next whole line; null at the end.</summary>
    public string? ReadLine() => _process.StandardOutput.ReadLine();

    public IEnumerable<string> ReadToEnd()
    {
        while (ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void WaitForExit() => _process.WaitForExit();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Assembly => typeof(CrashWriter).Assembly.Location;

    private static string Dotnet => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
