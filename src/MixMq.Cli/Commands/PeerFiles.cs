namespace MixMq.Cli.Commands;

/// <summary>Paths of files as they are written into a configuration: they start from its folder, so that within it they are right wherever the folder is carried.</summary>
/// <param name="configuration">The configuration's full path.</param>
/// <param name="environment">Says what the user's paths start from.</param>
internal sealed class PeerFiles(string configuration, CliEnvironment environment)
{
    private readonly List<string> _warnings = [];

    /// <summary>What the operator should know of the files that were asked for.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>A file's path as it is to be written.</summary>
    /// <param name="file">As the user gave it.</param>
    public string Of(string file)
    {
        var folder = Path.GetDirectoryName(configuration)!;
        var path = environment.FullPath(file);
        var relative = Path.GetRelativePath(folder, path);
        if (!relative.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(relative))
            return relative;
        _warnings.Add(
            $"{path} is outside the configuration's folder {folder}, so its whole path is written. It isn't carried along with the folder: where the program runs on another machine, copy the file into the folder and name that.");
        return path;
    }
}
