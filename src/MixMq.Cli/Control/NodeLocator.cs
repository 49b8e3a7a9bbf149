using System.Text.Json;
using MixMq.Contracts.Client;

namespace MixMq.Cli.Control;

/// <summary>
/// Finds the node to talk to: <c>--socket</c>, <c>--config</c>, then the environment's MIXMQ_SOCKET and MIXMQ_CONFIG, then
/// <c>node.json</c> in the current folder.
/// </summary>
internal static class NodeLocator
{
    private const string SocketVariable = "MIXMQ_SOCKET";
    private const string ConfigVariable = "MIXMQ_CONFIG";
    private const string DefaultDataFolder = "data";
    private const string SocketName = "control.sock";

    /// <exception cref="CommandException">It isn't said which node, or its configuration can't be read.</exception>
    public static NodeControlClient Connect(CliEnvironment environment, string? socket, string? config)
    {
        var path = FindSocket(environment, socket, config);
        try
        {
            return NodeControlClient.ForUnixSocket(path);
        }
        catch (ArgumentException refusal)
        {
            throw CommandException.Usage(refusal.Message);
        }
    }

    public static string FindSocket(CliEnvironment environment, string? socket, string? config)
    {
        if (!string.IsNullOrEmpty(socket))
            return environment.FullPath(socket);
        if (!string.IsNullOrEmpty(config))
            return FromConfiguration(environment.FullPath(config));
        if (environment.Variable(SocketVariable) is { Length: > 0 } socketVariable)
            return environment.FullPath(socketVariable);
        if (environment.Variable(ConfigVariable) is { Length: > 0 } configVariable)
            return FromConfiguration(environment.FullPath(configVariable));
        var here = environment.FullPath("node.json");
        return File.Exists(here)
            ? FromConfiguration(here)
            : throw CommandException.Usage(
                $"Which node? Give --config node.json or --socket path, or set {ConfigVariable} or {SocketVariable}.");
    }

    private static string FromConfiguration(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, "node.json") : path;
        var folder = Path.GetDirectoryName(file)!;
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = document.RootElement;
            if (Text(Member(root, "control"), "socket") is { } socket)
                return Path.GetFullPath(socket, folder);
            return Path.Combine(Path.GetFullPath(Text(root, "dataDirectory") ?? DefaultDataFolder, folder), SocketName);
        }
        catch (JsonException failure)
        {
            throw CommandException.Usage($"{file} is not valid JSON at line {failure.LineNumber + 1}; correct it there.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The configuration can't be read: {failure.Message}");
        }
    }

    private static JsonElement? Member(JsonElement? element, string name)
    {
        if (element is not { ValueKind: JsonValueKind.Object } present)
            return null;
        foreach (var property in present.EnumerateObject())
        {
            // Configuration keys have no case.
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return null;
    }

    private static string? Text(JsonElement? element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
