using System.Runtime.InteropServices;

namespace MixMq.Cli.Interop;

/// <summary>The few calls of libc that .NET has no way to: signal.h, fcntl.h, unistd.h, sys/stat.h.</summary>
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

    /// <summary>Gives a file the owner and group of another, so that who could read that one can read it.</summary>
    /// <exception cref="IOException">It can't be done: whoever runs this may not give files away.</exception>
    public static void CopyOwner(string from, string to)
    {
        var (old, now) = (OwnerOf(from), OwnerOf(to));
        if (old != now && Chown(to, old.User, old.Group) != 0)
            throw new IOException($"{from} belongs to somebody else (user {old.User}, group {old.Group}), and the new file can't be given to them (errno {Marshal.GetLastPInvokeError()}); run this as root or as that user.");
    }

    /// <summary>By statx(2), whose structure is the same on every processor: u32 user at 20, u32 group at 24.</summary>
    private static unsafe (uint User, uint Group) OwnerOf(string path)
    {
        const int CurrentFolder = -100;
        const uint UserAndGroup = 0x8 | 0x10;
        var buffer = stackalloc byte[256];
        return Statx(CurrentFolder, path, 0, UserAndGroup, buffer) == 0
            ? (*(uint*)(buffer + 20), *(uint*)(buffer + 24))
            : throw new IOException($"The owner of {path} can't be told (errno {Marshal.GetLastPInvokeError()}).");
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
