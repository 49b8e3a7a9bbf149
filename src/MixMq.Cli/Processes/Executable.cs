using MixMq.Cli.Setup;

namespace MixMq.Cli.Processes;

/// <summary>Where the node's and the float's executables are: beside mixmq, unless the environment says otherwise.</summary>
internal static class Executable
{
    /// <exception cref="CommandException">It isn't there.</exception>
    public static string Find(ConfigurationKind kind, CliEnvironment environment)
    {
        var (folder, name, variable) = kind == ConfigurationKind.Node
            ? ("node", "MixMq.Node", "MIXMQ_NODE_PATH")
            : ("float", "MixMq.Float", "MIXMQ_FLOAT_PATH");
        var path = environment.Variable(variable) is { Length: > 0 } configured
            ? environment.FullPath(configured)
            : Path.Combine(AppContext.BaseDirectory, folder, name);
        return File.Exists(path)
            ? path
            : throw CommandException.Failure($"The executable {path} is missing; build or install MixMq again, or set {variable}.");
    }

    /// <summary>
    /// The folder of the .NET that runs this program, for the environment of what it starts: their launchers look in a few places
    /// only, and a .NET unpacked elsewhere is not among them. Null: can't tell.
    /// </summary>
    public static string? RuntimeRoot()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location);
        var root = string.IsNullOrEmpty(framework) ? null : Path.GetFullPath(Path.Combine(framework, "..", "..", ".."));
        return root is not null && Directory.Exists(Path.Combine(root, "host", "fxr")) ? root : null;
    }
}
