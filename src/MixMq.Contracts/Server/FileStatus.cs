using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MixMq.Contracts.Server;

/// <summary>A file's type, owner and mode, which .NET doesn't tell of a socket. Linux: statx(2).</summary>
internal sealed partial class FileStatus
{
    // struct statx: the same layout on every architecture. stx_uid u32 at 20, stx_mode u16 at 28, 256 bytes in all.
    private const int StatxBytes = 256;
    private const int UidOffset = 20;
    private const int ModeOffset = 28;
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint TypeModeAndUid = 0x1 | 0x2 | 0x8; // STATX_TYPE | STATX_MODE | STATX_UID
    private const int NoSuchFile = 2; // ENOENT

    // S_IRWXG | S_IRWXO
    private const UnixFileMode OthersBits =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private FileStatus(uint owner, int mode)
    {
        OwnerId = owner;
        Type = mode & 0xF000;
        Mode = (UnixFileMode)(mode & 0xFFF);
    }

    public uint OwnerId { get; }

    public UnixFileMode Mode { get; }

    public bool IsSocket => Type == 0xC000;

    public bool IsDirectory => Type == 0x4000;

    public bool IsOwnersAlone => (Mode & OthersBits) == UnixFileMode.None;

    private int Type { get; }

    public static uint CurrentUserId => GetEffectiveUserId();

    /// <summary>Reads it; null when there is no such file. A symbolic link is followed only on request.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static FileStatus? Read(string path, bool follow)
    {
        Span<byte> status = stackalloc byte[StatxBytes];
        status.Clear();
        if (Statx(CurrentDirectory, path, follow ? 0 : NoFollow, TypeModeAndUid, ref MemoryMarshal.GetReference(status)) == 0)
        {
            var mode = BitConverter.IsLittleEndian
                ? BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..])
                : BinaryPrimitives.ReadUInt16BigEndian(status[ModeOffset..]);
            var owner = BitConverter.IsLittleEndian
                ? BinaryPrimitives.ReadUInt32LittleEndian(status[UidOffset..])
                : BinaryPrimitives.ReadUInt32BigEndian(status[UidOffset..]);
            return new FileStatus(owner, mode);
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchFile ? null : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int directory, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUserId();
}
