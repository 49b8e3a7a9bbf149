using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MixMq.Cli.Benchmarks;

/// <summary>Processor time by the kernel's own accounting, in nanoseconds of user and system time together.</summary>
internal static partial class ProcessorClock
{
    private const int OfThisThread = 3; // CLOCK_THREAD_CPUTIME_ID

    /// <summary>Microseconds that all threads of a process have used, ended ones included.</summary>
    /// <exception cref="CommandException">The process has ended.</exception>
    public static double Micros(int processId) => Clock(processId, out var clock) == 0
        ? Read(clock)
        : throw CommandException.Failure($"The processor time of process {processId} can't be read; it may have ended.");

    /// <summary>Microseconds that the calling thread has used.</summary>
    public static double ThreadMicros() => Read(OfThisThread);

    private static double Read(int clock) => Time(clock, out var time) == 0
        ? (time.Seconds * 1e6) + (time.Nanoseconds / 1e3)
        : throw new Win32Exception(Marshal.GetLastPInvokeError(), "A processor clock can't be read.");

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int Clock(int processId, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int Time(int clock, out TimeSpec time);

    /// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
