using MixMq.Cli.Interop;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Invites;

/// <summary>A new file that goes again unless it is kept.</summary>
internal sealed class PutFile : IDisposable
{
    private readonly string _path;
    private bool _isKept;

    /// <param name="path">A path at which there is nothing.</param>
    /// <param name="content">Nothing secret.</param>
    /// <param name="ownerOf">The file whose owner gets it.</param>
    public PutFile(string path, byte[] content, string ownerOf)
    {
        _path = path;
        SecretFile.CreateReadable(path, content);
        LibC.CopyOwner(ownerOf, path);
    }

    public void Keep() => _isKept = true;

    public void Dispose()
    {
        if (!_isKept)
            File.Delete(_path);
    }
}
