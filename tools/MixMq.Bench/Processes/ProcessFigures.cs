using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MixMq.Bench.Processes;

/// <summary>What the kernel says of another process.</summary>
internal static partial class ProcessFigures
{
    /// <summary>CLOCK_THREAD_CPUTIME_ID.</summary>
    private const int ThreadClock = 3;

    /// <summary>
    /// Microseconds of processor time of all its threads, ended ones included: the process's CPU clock, which counts in nanoseconds what
    /// /proc/PID/stat shows in ticks of 10 ms.
    /// </summary>
    public static double CpuMicros(int process)
    {
        var error = GetCpuClock(process, out var clock);
        return error == 0 ? Micros(clock) : throw new Win32Exception(error, "The processor time of a process can't be read; it may have ended.");
    }

    /// <summary>Microseconds of processor time of the calling thread.</summary>
    public static double ThreadCpuMicros() => Micros(ThreadClock);

    private static double Micros(int clock) => GetTime(clock, out var time) == 0
        ? (time.Seconds * 1e6) + (time.Nanoseconds / 1e3)
        : throw new Win32Exception(Marshal.GetLastPInvokeError(), "A processor clock can't be read.");

    /// <summary>Megabytes (10⁶) in memory.</summary>
    public static double ResidentMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmRSS:".Length, line.Length - "VmRSS:".Length - " kB".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    /// <summary>Whether someone listens on a port of 127.0.0.1; looked up, so that the listener sees no connection.</summary>
    public static bool IsListening(int port)
    {
        var wanted = string.Create(CultureInfo.InvariantCulture, $" 0100007F:{port:X4} 00000000:0000 0A ");
        return File.ReadLines("/proc/net/tcp").Any(line => line.Contains(wanted, StringComparison.Ordinal));
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int GetCpuClock(int process, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, out TimeSpec time);

    /// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
