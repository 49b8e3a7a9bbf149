using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Processes;
using MixMq.Cli.Setup;
using MixMq.Transport.Configuration.Migration;

namespace MixMq.Cli.Commands;

/// <summary>Everything that is wrong with a configuration, said by the executable that it is for, and configurations of older versions written as the present one has them.</summary>
internal static class ConfigCommands
{
    public static Command Create(CliEnvironment environment) => new("config", "Check a configuration, or bring it to the present version.")
    {
        Check(environment),
        Migrate(environment, ConfigurationHistory.Own),
    };

    internal static Command Migrate(CliEnvironment environment, ConfigurationHistory history)
    {
        var config = NamedEntries.Config();
        var options = new ChangeOptions();
        var command = new Command("migrate", "Write a configuration as the present version has it, where names have changed; the old file is kept beside it.") { config };
        options.AddTo(command);
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var edit = ConfigurationEdit.Open(environment, parse.GetValue(config), list: null);
            if (!ConfigurationMigration.TryRun(edit.Text, history, out var migration, out var error))
                throw CommandException.Usage($"{edit.Path} stays as it is: {error}.");
            var change = new EntryChange("configuration", migration.From == migration.To ? $"of version {migration.To}" : $"from version {migration.From} to {migration.To}", ElementOf(edit.Text), ElementOf(migration.Text));
            var result = new JsonObject { ["from"] = migration.From, ["to"] = migration.To };
            return await new ConfigurationChange(environment, edit, migration.Text, [change]) { Keep = FreeName($"{edit.Path}.before-{migration.To}") }
                .MakeAsync(options, parse, result, output, cancellationToken);
        });
        return command.WithExamples("""
            mixmq config migrate --config node.json --dry-run
            mixmq config migrate --config /etc/mixmq/float --yes
            """);
    }

    /// <summary>What was kept before is never overwritten.</summary>
    private static string FreeName(string file) =>
        Enumerable.Range(1, int.MaxValue).Select(number => number == 1 ? file : $"{file}.{number}").First(name => !Path.Exists(name));

    private static JsonElement ElementOf(byte[] text)
    {
        using var document = JsonDocument.Parse(text, JsonListEditor.Tolerant);
        return document.RootElement.Clone();
    }

    private static Command Check(CliEnvironment environment)
    {
        var file = new Argument<string?>("file") { Description = "The configuration file or its folder. Default: as for other commands, MIXMQ_CONFIG or one here.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("check", "Say everything that is wrong with a configuration, settings that nobody knows included. Exit code 0: nothing, 2: something.") { file };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var path = ConfigurationLocator.PathOf(environment, parse.GetValue(file));
            var kind = ConfigurationLocator.KindOfFile(path);
            var (exitCode, text) = await ForegroundProcess.CaptureAsync(Executable.Find(kind, environment), ["--config", path, "--check-config"], cancellationToken);
            if (!output.Json)
            {
                (exitCode == ExitCode.Success ? (Action<string>)output.Line : output.Note)(text);
                return exitCode;
            }

            // The first line says how many there are.
            var errors = exitCode == ExitCode.Success ? [] : text.Split('\n').Skip(1).Select(line => JsonValue.Create(line.Trim())).ToArray<JsonNode?>();
            output.Object(new JsonObject
            {
                ["config"] = path,
                ["kind"] = kind == ConfigurationKind.Node ? "node" : "float",
                ["valid"] = exitCode == ExitCode.Success,
                ["errors"] = new JsonArray(errors),
            });
            return exitCode;
        });
        return command.WithExamples("""
            mixmq config check node.json
            mixmq config check /etc/mixmq/float --json
            """);
    }
}
