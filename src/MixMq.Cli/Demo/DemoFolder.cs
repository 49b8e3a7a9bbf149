using System.Text;

namespace MixMq.Cli.Demo;

/// <summary>The demo's working folder, open to its owner alone; removed with everything in it.</summary>
internal sealed class DemoFolder : IDisposable
{
    /// <summary>What is below it: the longest is a socket's path, and a socket's path may have 107 bytes.</summary>
    private const int LongestBelow = 40;
    private const int MaxSocketPath = 107;

    public DemoFolder()
    {
        var temporary = Path.GetTempPath();
        Root = Encoding.UTF8.GetByteCount(temporary) + "mixmq-demo-XXXXXX".Length + LongestBelow <= MaxSocketPath
            ? Directory.CreateTempSubdirectory("mixmq-demo-").FullName
            : CreateBelow("/tmp");
    }

    public string Root { get; }

    /// <summary>Leaves it in place.</summary>
    public bool Keep { get; set; }

    public void Dispose()
    {
        if (!Keep && Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }

    private static string CreateBelow(string temporary)
    {
        var path = Path.Combine(temporary, $"mixmq-demo-{Guid.NewGuid():N}"[..20]);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
