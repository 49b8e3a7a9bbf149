namespace MixMq.Storage;

/// <summary>
/// The file system's room, and a file beside the store whose blocks are allocated and hold nothing. Whatever fills the disk, this much is the store's: deleting the
/// file gives it. On a file system that can't allocate blocks beforehand the file is no reserve, and only the look at what is free remains.
/// </summary>
internal sealed class FileSpace(string path, long bytes) : IStoreSpace
{
    /// <summary>Below this share of the reserve, what is free is scarce.</summary>
    private const int ScarceShare = 4;

    private readonly DriveInfo _drive = new(Path.GetDirectoryName(Path.GetFullPath(path))!);

    public bool IsScarce => bytes > 0 && _drive.AvailableFreeSpace < bytes / ScarceShare;

    public bool IsHeld { get; private set; } = bytes == 0 || (File.Exists(path) && new FileInfo(path).Length == bytes);

    // Twice what would be scarce: with less, the store would change its mind with every message.
    private long Margin => 2 * bytes / ScarceShare;

    public void TryHold()
    {
        if (IsHeld || _drive.AvailableFreeSpace < bytes + Margin)
        {
            return;
        }

        try
        {
            File.Delete(path);
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                PreallocationSize = bytes,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.SetLength(bytes);
            file.Flush(flushToDisk: true);
            IsHeld = true;
        }
        catch (IOException)
        {
            // Someone else was quicker; half a reserve is none.
            Release();
        }
    }

    public long RoomFor(string file)
    {
        try
        {
            var target = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(file))!);

            // No two file systems of one kind and size are told apart: who has such ones needs the reserve's room on the other one too.
            bool mayBeTheStores = target.TotalSize == _drive.TotalSize && target.DriveFormat == _drive.DriveFormat;
            return Math.Max(0, target.AvailableFreeSpace - (!mayBeTheStores ? 0 : IsHeld ? Margin : bytes + Margin));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Whoever writes there is told what is wrong with it.
            return long.MaxValue;
        }
    }

    public void Release()
    {
        IsHeld = bytes == 0;
        File.Delete(path);
    }
}
