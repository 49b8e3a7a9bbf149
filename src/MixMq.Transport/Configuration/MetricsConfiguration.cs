namespace MixMq.Transport.Configuration;

/// <summary>Section <c>metrics</c>: where figures are written for whoever collects them.</summary>
public sealed record MetricsConfiguration
{
    /// <summary>Absolute path of the file, <c>file</c>; null: none is written.</summary>
    public string? File { get; init; }

    /// <summary>Seconds between rewrites, <c>seconds</c>.</summary>
    public int Seconds { get; init; } = 15;

    internal static MetricsConfiguration Read(ConfigurationReader reader)
    {
        var configuration = new MetricsConfiguration { File = reader.OptionalPath("file"), Seconds = reader.Integer("seconds", 15, 1, 86_400) };
        if (configuration.File is { } file && Directory.Exists(file))
        {
            reader.Report("file", "is a folder; name a file in it, ending in .prom for node_exporter's textfile collector");
        }

        return configuration;
    }
}
