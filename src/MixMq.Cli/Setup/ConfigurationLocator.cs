using System.Text.Json;

namespace MixMq.Cli.Setup;

/// <summary>Finds an operator's configuration file, and whose it is.</summary>
internal static class ConfigurationLocator
{
    private static readonly string[] FileNames = [ConfigurationFile.NameOf(ConfigurationKind.Node), ConfigurationFile.NameOf(ConfigurationKind.Float)];

    /// <summary>Sections that a float doesn't have.</summary>
    private static readonly string[] NodeMembers = ["mixing", "control", "contacts", "messaging", "traffic"];

    /// <summary>The file, or the one in the folder, that <paramref name="config"/> or MIXMQ_CONFIG names, or one in the current folder. It may not exist.</summary>
    /// <exception cref="CommandException">None is named, and there is none here.</exception>
    public static string PathOf(CliEnvironment environment, string? config)
    {
        config = string.IsNullOrEmpty(config) ? environment.Variable("MIXMQ_CONFIG") : config;
        if (string.IsNullOrEmpty(config))
            config = FileNames.FirstOrDefault(name => File.Exists(environment.FullPath(name)));
        if (string.IsNullOrEmpty(config))
            throw CommandException.Usage("Which configuration? Give --config with node.json or float.json.");
        var path = environment.FullPath(config);
        return Directory.Exists(path) ? FileNames.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists) ?? path : path;
    }

    /// <summary>Whose configuration it is.</summary>
    /// <exception cref="JsonException">It is no JSON, or no object.</exception>
    public static ConfigurationKind KindOf(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException("it must be one JSON object");
        return document.RootElement.EnumerateObject().Any(member => NodeMembers.Contains(member.Name, StringComparer.OrdinalIgnoreCase)) ? ConfigurationKind.Node : ConfigurationKind.Float;
    }

    /// <summary>As <see cref="KindOf"/>; of a file that can't be read its name decides, for the executable says best what is wrong with it.</summary>
    public static ConfigurationKind KindOfFile(string path)
    {
        try
        {
            return KindOf(File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            return Path.GetFileName(path) == ConfigurationFile.NameOf(ConfigurationKind.Float) ? ConfigurationKind.Float : ConfigurationKind.Node;
        }
    }
}
