namespace MixMq.Fuzz.Shell;

/// <summary>Inputs in files: a file, or all files of a folder, in the order of their names.</summary>
internal static class RunInputs
{
    /// <summary>The longest input that a fuzzer makes.</summary>
    public const int MostBytes = 1 << 20;

    public static IEnumerable<(string Path, byte[] Bytes)> Read(IEnumerable<string> paths) =>
        from path in paths
        from file in Directory.Exists(path) ? Directory.EnumerateFiles(path).Order(StringComparer.Ordinal) : Enumerable.Repeat(path, 1)
        select (file, File.ReadAllBytes(file));
}
