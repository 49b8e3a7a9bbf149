namespace MixMq.Architecture.Tests;

/// <summary>The layers, as ARCHITECTURE.md draws them.</summary>
internal static class Layout
{
    /// <summary>Each project may reference only those before it.</summary>
    public static readonly string[] Order =
    [
        "MixMq.Crypto", "MixMq.Sphinx", "MixMq.Overlay", "MixMq.Transport", "MixMq.Float",
        "MixMq.Sphinx.Sending", "MixMq.Endpoint", "MixMq.Storage", "MixMq.Contracts", "MixMq.Client", "MixMq.Node", "MixMq.Cli",
    ];

    /// <summary>A float is these five and nothing else.</summary>
    public static readonly string[] Float = ["MixMq.Crypto", "MixMq.Sphinx", "MixMq.Overlay", "MixMq.Transport", "MixMq.Float"];

    /// <summary>What makes, reads or keeps messages: never in a float, under whatever assembly name.</summary>
    public static readonly string[] Sending = ["MixMq.Sphinx.Sending", "MixMq.Endpoint", "MixMq.Storage", "MixMq.Contracts", "MixMq.Client"];

    /// <summary>No I/O, no clock, no global randomness, no task.</summary>
    public static readonly string[] PureCores = ["MixMq.Sphinx", "MixMq.Overlay", "MixMq.Sphinx.Sending", "MixMq.Endpoint"];

    /// <summary>Started as processes of their own, never hosted by another project.</summary>
    public static readonly string[] Executables = ["MixMq.Float", "MixMq.Node", "MixMq.Cli"];

    /// <summary>The projects of src/ that exist so far, in layout order.</summary>
    public static IReadOnlyList<Project> Projects { get; } =
    [
        .. Repository.FilesUnder("src/", ".csproj").Select(Project.Load).OrderBy(project => Array.IndexOf(Order, project.Name)),
    ];

    /// <summary>The edges that break the order, as sentences; empty when there are none.</summary>
    public static IEnumerable<string> ForbiddenEdges(string project, IEnumerable<string> references)
    {
        var position = Array.IndexOf(Order, project);
        foreach (var reference in references)
        {
            var target = Array.IndexOf(Order, reference);
            if (target < 0 || target >= position)
            {
                yield return $"{project} must not reference {reference}";
            }
            else if (Executables.Contains(reference))
            {
                yield return $"{project} must not host the executable {reference}";
            }
            else if (project == "MixMq.Client" && reference != "MixMq.Contracts")
            {
                yield return $"{project} references Contracts alone, not {reference}";
            }
        }
    }
}
