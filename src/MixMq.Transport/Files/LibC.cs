using System.Runtime.InteropServices;

namespace MixMq.Transport.Files;

/// <summary>The two calls of fcntl.h and unistd.h that .NET has no way to.</summary>
internal static partial class LibC
{
    /// <summary>O_RDONLY | O_CLOEXEC; enough for a directory on Linux.</summary>
    internal const int ReadOnlyDirectory = 0x80000;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Fsync(int descriptor);
}
