using System.Globalization;

namespace MixMq.Cli.Benchmarks;

/// <summary>What the kernel says of a process's memory.</summary>
internal static class ResidentMemory
{
    /// <summary>Bytes resident now.</summary>
    /// <exception cref="IOException">The process has ended.</exception>
    public static long Bytes(int processId) => Read(processId, "VmRSS:");

    /// <summary>The most that were ever resident.</summary>
    /// <exception cref="IOException">The process has ended.</exception>
    public static long PeakBytes(int processId) => Read(processId, "VmHWM:");

    private static long Read(int processId, string name)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB ".AsSpan()), CultureInfo.InvariantCulture);
    }
}
