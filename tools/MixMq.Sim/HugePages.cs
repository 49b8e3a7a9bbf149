using System.Globalization;
using System.Runtime.InteropServices;

namespace MixMq.Sim;

/// <summary>
/// Asks Linux (6.1 or later) to put the heap of this process on huge pages: a thousand nodes are two gigabytes that are read in no order, and on a virtual
/// machine a miss of the TLB costs two walks through page tables. The runtime commits its heap in steps too small for huge pages to come by themselves, and
/// its own switch for them needs pages that an administrator has set aside. It changes nothing but the time a run takes.
/// </summary>
internal static partial class HugePages
{
    private const int Collapse = 25;
    private const long PageBytes = 2 << 20;

    /// <summary>Puts what is committed now on huge pages, as far as the kernel will; costs a copy of it at most.</summary>
    public static void Request()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var line in File.ReadAllLines("/proc/self/maps"))
        {
            if (ReadAnonymous(line) is not (var from, var to))
            {
                continue;
            }

            // Page by page: a range in which one page can't be collapsed would end there.
            for (var at = (from + PageBytes - 1) / PageBytes * PageBytes; at + PageBytes <= to; at += PageBytes)
            {
                _ = Advise((nint)at, (nint)PageBytes, Collapse);
            }
        }
    }

    // "7f00a000-7f00c000 rw-p 00000000 00:00 0": private, readable and writable, of no file.
    private static (long From, long To)? ReadAnonymous(string line)
    {
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not [var range, "rw-p", _, _, "0"] || range.Split('-') is not [var from, var to])
        {
            return null;
        }

        return long.TryParse(from, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(to, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var end) ? (first, end) : null;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nint length, int advice);
}
