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

            return Place(partial, name, message.Content.Span);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Gives the file its name without taking the place of another; the same content under the same name was written before a checkpoint was lost.</summary>
    private string Place(string partial, string name, ReadOnlySpan<byte> content)
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

            if (new FileInfo(path) is { LinkTarget: null } existing && existing.Length == content.Length && content.SequenceEqual(File.ReadAllBytes(path)))
            {
                LibC.SyncFolder(_folder);
                return path;
            }
        }

        throw new IOException($"{_folder} has {MostCopies} files named {name}; give another folder.");
    }
}
