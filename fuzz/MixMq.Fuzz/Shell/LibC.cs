using System.Runtime.InteropServices;

namespace MixMq.Fuzz.Shell;

/// <summary>What the fuzzer's protocol needs of the C library.</summary>
internal static unsafe partial class LibC
{
    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nint count);

    /// <summary>System V shared memory; −1: it can't be attached.</summary>
    [LibraryImport("libc", EntryPoint = "shmat", SetLastError = true)]
    public static partial nint AttachSharedMemory(int id, nint address, int flags);
}
