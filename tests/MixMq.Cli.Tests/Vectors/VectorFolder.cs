using System.Text.Json.Nodes;

namespace MixMq.Cli.Tests.Vectors;

/// <summary>spec/vectors, as it was copied beside the tests.</summary>
internal static class VectorFolder
{
    public static readonly string Root = Path.Combine(AppContext.BaseDirectory, "vectors");

    /// <summary>Paths of the files in the given folders, with forward slashes.</summary>
    public static IEnumerable<string> Files(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.json", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static JsonObject Parse(string path) => JsonNode.Parse(Read(path))!.AsObject();
}
