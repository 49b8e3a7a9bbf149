using System.Runtime.InteropServices;

namespace MixMq.Cli.Interop;

/// <summary>The few calls of libc that .NET has no way to: signal.h, fcntl.h, unistd.h.</summary>
internal static partial class LibC
{
    public const int SigHup = 1;
    public const int SigInt = 2;
    public const int SigQuit = 3;
    public const int SigKill = 9;
    public const int SigUsr1 = 10;
    public const int SigTerm = 15;

    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC on Linux x64 and riscv64

    private const int ReadOnlyDirectoryArm = 0x4000 | 0x80000; // O_DIRECTORY | O_CLOEXEC on Linux arm and arm64

    /// <summary>Sends a signal; false when the process is gone.</summary>
    public static bool Signal(int processId, int signal) => Kill(processId, signal) == 0;

    /// <summary>Makes the entries of a folder durable: a new name is lost with the power otherwise, though its file's bytes are not.</summary>
    /// <exception cref="IOException">It can't be done.</exception>
    public static void SyncFolder(string folder)
    {
        var arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;
        var descriptor = Open(folder, arm ? ReadOnlyDirectoryArm : ReadOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"The folder {folder} can't be opened (errno {Marshal.GetLastPInvokeError()}).");
        var result = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"The folder {folder} can't be written to disk (errno {error}).");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
