using System.Text;

namespace MixMq.Cli.Local;

/// <summary>The working folder of a network on this machine, open to its owner alone; removed with everything in it.</summary>
internal sealed class LocalFolder : IDisposable
{
    /// <summary>What is below it: the longest is a socket's path, and a socket's path may have 107 bytes.</summary>
    private const int LongestBelow = 40;
    private const int MaxSocketPath = 107;

    /// <param name="name">Of the network; short.</param>
    public LocalFolder(string name)
    {
        var temporary = Path.GetTempPath();
        Root = Encoding.UTF8.GetByteCount(temporary) + $"mixmq-{name}-XXXXXX".Length + LongestBelow <= MaxSocketPath
            ? Directory.CreateTempSubdirectory($"mixmq-{name}-").FullName
            : CreateBelow("/tmp", name);
    }

    public string Root { get; }

    /// <summary>Leaves it in place.</summary>
    public bool Keep { get; set; }

    public void Dispose()
    {
        if (!Keep && Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }

    private static string CreateBelow(string temporary, string name)
    {
        var path = Path.Combine(temporary, $"mixmq-{name}-{Guid.NewGuid():N}"[..("mixmq-".Length + name.Length + 10)]);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
