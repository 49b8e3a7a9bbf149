using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Processes;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Commands;

/// <summary><c>config check</c>: everything that is wrong with a configuration, said by the executable that it is for.</summary>
internal static class ConfigCommands
{
    public static Command Create(CliEnvironment environment) => new("config", "Check a configuration.") { Check(environment) };

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
