using System.Runtime.InteropServices;

namespace MixMq.Transport.Files;

/// <summary>The calls of fcntl.h, sys/file.h, unistd.h and sys/timex.h that .NET has no way to.</summary>
internal static partial class LibC
{
    /// <summary>O_RDONLY | O_CLOEXEC; enough for a directory on Linux.</summary>
    internal const int ReadOnlyDirectory = 0x80000;

    /// <summary>O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, the last of which is another bit on Arm.</summary>
    internal static int ReadOnlyRegular => 0x80000 | 0x800 | (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Open(string path, int flags);

    internal const int LockShared = 1;
    internal const int LockExclusive = 2;
    internal const int LockNotBlocking = 4;

    /// <summary>EWOULDBLOCK.</summary>
    internal const int WouldBlock = 11;

    /// <summary>flock(2): of the open file, so also between two of one process.</summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Lock(Microsoft.Win32.SafeHandles.SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Fsync(int descriptor);

    /// <summary>Whether the kernel counts its clock as synchronised (adjtimex(2): it says TIME_ERROR otherwise); null: it doesn't tell.</summary>
    internal static bool? IsClockSet()
    {
        const int TimeError = 5;
        Span<byte> timex = stackalloc byte[TimexBytes];

        // All zero: nothing is set, the state is read.
        timex.Clear();
        return AdjTimex(ref MemoryMarshal.GetReference(timex)) switch
        {
            < 0 => null,
            TimeError => false,
            _ => true,
        };
    }

    /// <summary>Room for struct timex, which has 208 bytes on 64-bit Linux.</summary>
    private const int TimexBytes = 256;

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdjTimex(ref byte timex);
}
