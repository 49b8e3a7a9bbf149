using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using MixMq.Transport.Files;

namespace MixMq.Transport.Health;

/// <summary>
/// By which others see at once whether the program runs: it holds a lock (flock(2)) on a file beside its status text, which the kernel takes away with the process,
/// however that ends. Of a number in a file it would have to be guessed whether it is still the same process, and not at all from another container.
/// </summary>
internal sealed class RunningMark(string statusFile) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _path = PathOf(statusFile);
    private SafeFileHandle? _file;
    private bool _isHeld;

    /// <summary>The file that is locked.</summary>
    internal static string PathOf(string statusFile) => statusFile + ".lock";

    /// <summary>Takes the lock, if it isn't held yet and nobody else has it. One thread at a time.</summary>
    /// <exception cref="IOException">The file can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file can't be made.</exception>
    internal void TryHold()
    {
        if (_isHeld)
        {
            return;
        }

        _file ??= Open();
        _isHeld = LibC.Lock(_file, LibC.LockExclusive | LibC.LockNotBlocking) == 0;
    }

    /// <summary>Whether a program holds the lock; null: none ever took it there, or that can't be seen.</summary>
    internal static bool? IsHeld(string statusFile)
    {
        var descriptor = LibC.Open(PathOf(statusFile), LibC.ReadOnlyRegular);
        if (descriptor < 0)
        {
            return null;
        }

        // What is taken here for a moment goes with the handle. A program that starts just then takes its own with its next status text.
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return LibC.Lock(handle, LibC.LockShared | LibC.LockNotBlocking) == 0 ? false
            : Marshal.GetLastPInvokeError() == LibC.WouldBlock ? true
            : null;
    }

    /// <summary>Made by .NET, which takes locks of its own on what it opens, and opened without it.</summary>
    private SafeFileHandle Open()
    {
        if (!File.Exists(_path))
        {
            new FileStream(_path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnly }).Dispose();
        }

        var descriptor = LibC.Open(_path, LibC.ReadOnlyRegular);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new IOException($"The lock beside the status text can't be opened (errno {Marshal.GetLastPInvokeError()}).");
    }

    /// <summary>Gives the lock up.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        _isHeld = false;
    }
}
