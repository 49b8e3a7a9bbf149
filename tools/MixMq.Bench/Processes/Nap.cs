using System.Runtime.InteropServices;

namespace MixMq.Bench.Processes;

/// <summary>Sleeps of tens of microseconds: the runtime's own are a millisecond at least, and spinning would take a processor from what is measured.</summary>
internal static partial class Nap
{
    public static void Micros(uint micros) => USleep(micros);

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int USleep(uint micros);
}
