using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MixMq.Transport.Files;

/// <summary>Replaces a file as a whole: readers and crashes see the old content or the new one, never a mixture.</summary>
internal static class AtomicFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes beside the file, then renames over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="durable">Whether the content must survive a power failure once this returns.</param>
    /// <param name="mode">Who may read it, whatever the process's mask says.</param>
    /// <exception cref="IOException">The old content still stands.</exception>
    /// <exception cref="UnauthorizedAccessException">The old content still stands.</exception>
    internal static void Replace(string path, ReadOnlySpan<byte> content, bool durable, UnixFileMode mode = OwnerOnly)
    {
        var temporary = path + ".new";

        // What a crash left behind, or somebody has put there: neither it nor what it points to is written to.
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        }))
        {
            if (mode != OwnerOnly)
            {
                File.SetUnixFileMode(file.SafeFileHandle, mode);
            }

            file.Write(content);
            file.Flush(flushToDisk: durable);
        }

        File.Move(temporary, path, overwrite: true);
        if (durable)
        {
            SyncDirectory(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>The rename itself is durable only once the directory is on disk, and .NET can't open one.</summary>
    private static void SyncDirectory(string directory)
    {
        var descriptor = LibC.Open(directory, LibC.ReadOnlyDirectory);
        if (descriptor < 0)
        {
            throw new IOException("The data directory can't be opened to sync it.");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LibC.Fsync(descriptor) != 0)
        {
            throw new IOException($"The data directory can't be synced (errno {Marshal.GetLastPInvokeError()}).");
        }
    }
}
