using MixMq.Cli.Interop;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Receiving;

/// <summary>Writes messages into a folder, each as a file that is there whole or not at all.</summary>
internal sealed class MessageFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MostCopies = 1000;
    private readonly string _folder;

    /// <exception cref="IOException">The folder can't be made.</exception>
    public MessageFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
    }

    /// <summary>Writes a content and its name to disk; on return the message may be consumed. The file's path.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public string Write(ReceivedMessage message)
    {
        var name = SafeFileName.Create(message.Position, message.MessageId.Span, message.Label);
        var partial = Path.Combine(_folder, $".partial-{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(partial, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = OwnerOnly,
            }))
            {
                file.Write(message.Content.Span);
                file.Flush(flushToDisk: true);
            }

            return Place(partial, name, message.Content.Length);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Where a message's content is gathered: the same file in each run, so that one that was interrupted goes on.</summary>
    public string PartialOf(ReceivedMessage message) =>
        Path.Combine(_folder, $".partial-{message.Position}-{Convert.ToHexStringLower(message.MessageId.Span)}");

    /// <summary>Opens that file, new or as it was left. One that is longer than the content isn't this content's.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public static FileStream OpenPartial(string partial, long size)
    {
        if (new FileInfo(partial) is { Exists: true } left && (left.LinkTarget is not null || left.Length > size))
            File.Delete(partial);
        return new FileStream(partial, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = OwnerOnly });
    }

    /// <summary>Gives a gathered content, which is on disk, its name. The file's path.</summary>
    /// <exception cref="IOException">It can't be named.</exception>
    public string Place(string partial, ReceivedMessage message)
    {
        var path = Place(partial, SafeFileName.Create(message.Position, message.MessageId.Span, message.Label), (long)message.Size);
        File.Delete(partial);
        return path;
    }

    /// <summary>Gives the file its name without taking the place of another; the same content under the same name was written before a checkpoint was lost.</summary>
    private string Place(string partial, string name, long length)
    {
        for (var copy = 1; copy <= MostCopies; copy++)
        {
            var path = Path.Combine(_folder, copy == 1 ? name : $"{name}-{copy}");
            if (!Path.Exists(path))
            {
                File.Move(partial, path, overwrite: false);
                LibC.SyncFolder(_folder);
                return path;
            }

            if (new FileInfo(path) is { LinkTarget: null } existing && existing.Length == length && HaveEqualContents(partial, path))
            {
                LibC.SyncFolder(_folder);
                return path;
            }
        }

        throw new IOException($"{_folder} has {MostCopies} files named {name}; give another folder.");
    }

    private static bool HaveEqualContents(string one, string other)
    {
        using var first = File.OpenRead(one);
        using var second = File.OpenRead(other);
        var (left, right) = (new byte[64 * 1024], new byte[64 * 1024]);
        while (true)
        {
            var length = first.ReadAtLeast(left, left.Length, throwOnEndOfStream: false);
            if (second.ReadAtLeast(right, right.Length, throwOnEndOfStream: false) != length || !left.AsSpan(0, length).SequenceEqual(right.AsSpan(0, length)))
                return false;
            if (length < left.Length)
                return true;
        }
    }
}
