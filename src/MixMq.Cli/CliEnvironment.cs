namespace MixMq.Cli;

/// <summary>What commands take from around them, so that tests can give their own.</summary>
internal sealed record CliEnvironment
{
    /// <summary>An environment variable; null when it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Standard input; null when it is a terminal, from which no content is read.</summary>
    public required Func<Stream?> StandardInput { get; init; }

    /// <summary>The folder that relative paths start from.</summary>
    public required string CurrentFolder { get; init; }

    /// <summary>Whether a person watches standard output.</summary>
    public required bool Interactive { get; init; }

    /// <summary>What the person at the terminal answers to a question; null: nothing.</summary>
    public Func<string?> Answer { get; init; } = Console.ReadLine;

    public static CliEnvironment Real => new()
    {
        Variable = Environment.GetEnvironmentVariable,
        StandardInput = () => Console.IsInputRedirected ? Console.OpenStandardInput() : null,
        CurrentFolder = Environment.CurrentDirectory,
        Interactive = !Console.IsOutputRedirected,
    };

    public string FullPath(string path) => Path.GetFullPath(path, CurrentFolder);
}
