namespace MixMq.Transport.Tests.Testing;

/// <summary>A folder of one test, gone with it.</summary>
internal sealed class TestFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("mixmq-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    internal string Write(string name, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var file = File(name);
        System.IO.File.WriteAllText(file, content);
        System.IO.File.SetUnixFileMode(file, mode);
        return file;
    }

    internal string WriteBytes(string name, byte[] content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var file = File(name);
        System.IO.File.WriteAllBytes(file, content);
        System.IO.File.SetUnixFileMode(file, mode);
        return file;
    }
}
