namespace MixMq.Cli.Setup;

/// <summary>Files that are made once and never overwritten.</summary>
internal static class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Makes a file that its owner alone can open.</summary>
    public static void Create(string path, ReadOnlySpan<byte> content) => Create(path, content, OwnerOnly);

    /// <summary>Makes a file that holds nothing secret.</summary>
    public static void CreateReadable(string path, ReadOnlySpan<byte> content) => Create(path, content, Readable);

    private static void Create(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = mode,
        });
        file.Write(content);
        file.Flush(flushToDisk: true);
    }
}
