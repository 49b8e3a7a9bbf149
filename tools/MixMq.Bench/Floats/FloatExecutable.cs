namespace MixMq.Bench.Floats;

/// <summary>Where the executables are: built in this repository, in the configuration that this program was built in.</summary>
internal static class FloatExecutable
{
    public static string Find(string? given) => Find(given, "MixMq.Float", "--float");

    public static string Find(string? given, string project, string option)
    {
        var found = given is null ? InRepository(project) : Path.GetFullPath(given);
        return File.Exists(found)
            ? found
            : throw new BenchException($"There is no {project} at {found}. Build it first (dotnet build -c Release), or say with {option} where it is.");
    }

    private static string InRepository(string project)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = folder.Parent?.Name ?? "Release";
        for (; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MixMq.sln")))
                return Path.Combine(folder.FullName, "src", project, "bin", configuration, "net10.0", project);
        }

        return project;
    }
}
