namespace MixMq.Architecture.Tests;

/// <summary>A new folder outside the repository, gone with its contents on dispose.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mixmq-architecture-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    public void Copy(string repositoryFile) => File.Copy(
        Repository.FullPath(repositoryFile), System.IO.Path.Combine(Path, System.IO.Path.GetFileName(repositoryFile)));
}
