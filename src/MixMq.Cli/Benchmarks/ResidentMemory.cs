using System.Globalization;

namespace MixMq.Cli.Benchmarks;

/// <summary>What the kernel says of a process's memory.</summary>
internal static class ResidentMemory
{
    /// <summary>Bytes resident now.</summary>
    /// <exception cref="IOException">The process has ended.</exception>
    public static long Bytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan("VmRSS:".Length).Trim().TrimEnd("kB ".AsSpan()), CultureInfo.InvariantCulture);
    }
}
