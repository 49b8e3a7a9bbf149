namespace MixMq.Transport.Configuration;

/// <summary>Section <c>audit</c>: the trail of link events.</summary>
public sealed record AuditConfiguration
{
    /// <summary>Least and greatest size of a file, in bytes.</summary>
    private const int LeastBytes = 64 * 1024;
    private const int MostBytes = 1 << 30;

    /// <summary>Absolute path of the file that is written to, <c>file</c>; null: no trail is kept.</summary>
    public string? File { get; init; }

    /// <summary>Bytes after which a new file is begun, <c>fileBytes</c>.</summary>
    public int FileBytes { get; init; } = 4 << 20;

    /// <summary>Files kept, the one that is written to included, <c>files</c>; the oldest is deleted.</summary>
    public int Files { get; init; } = 16;

    /// <summary>Lines a minute that each peer, and all strangers together, may cause, <c>linesPerMinute</c>; what is above is counted.</summary>
    public int LinesPerMinute { get; init; } = 30;

    internal static AuditConfiguration Read(ConfigurationReader reader, string dataDirectory, bool relays)
    {
        // A float keeps a trail unless its operator says otherwise; a node where one is asked for.
        var standard = new AuditConfiguration();
        var file = reader.OptionalPath("file") ?? (relays ? Path.Combine(dataDirectory, "audit.log") : null);
        var enabled = reader.Boolean("enabled", file is not null);
        if (enabled && file is null)
        {
            reader.Report("file", "is required when audit:enabled is true: the file that the trail is written to");
        }
        else if (file is not null && Directory.Exists(file))
        {
            reader.Report("file", "is a folder; name a file in it");
        }

        return new AuditConfiguration
        {
            File = enabled ? file : null,
            FileBytes = reader.Integer("fileBytes", standard.FileBytes, LeastBytes, MostBytes),
            Files = reader.Integer("files", standard.Files, 2, 1_000),
            LinesPerMinute = reader.Integer("linesPerMinute", standard.LinesPerMinute, 1, 6_000),
        };
    }
}
