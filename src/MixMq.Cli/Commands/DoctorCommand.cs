using System.CommandLine;
using MixMq.Cli.Processes;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Commands;

/// <summary><c>doctor</c>: the survey of a node or a float, which its own executable makes, for it alone knows what its configuration means.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var config = new Option<string?>("--config") { Description = "The configuration file of the node or float, or its folder. Or set MIXMQ_CONFIG.", HelpName = "path" };
        var peer = new Option<string?>("--peer") { Description = "Look at this peer alone, and dial it even if its link is up.", HelpName = "name" };
        var bundle = new Option<string?>("--bundle")
        {
            Description = "Write what was found, with names, addresses, hosts and paths replaced, into a new file (.tar.gz) for who helps.",
            HelpName = "file",
        };
        var settings = new Argument<string[]>("settings") { Description = "Settings that replace the file's, the same as the program was started with: --section:key=value, after --.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("doctor", "Look at everything a node or float needs, and say what is wrong and what to do. Exit code 0: healthy, 1: there are problems.")
        {
            config, peer, bundle, settings,
        };
        command.SetAction((parse, _) => NodeCommands.GuardAsync(parse.OutputFor(environment), () =>
        {
            var path = ConfigurationLocator.PathOf(environment, parse.GetValue(config));
            List<string> arguments = ["--config", path, "--doctor"];
            if (parse.GetValue(CommonOptions.Json))
                arguments.Add("--json");
            if (parse.GetValue(peer) is { Length: > 0 } name)
                arguments.AddRange(["--peer", name]);
            if (parse.GetValue(bundle) is { Length: > 0 } file)
                arguments.AddRange(["--bundle", environment.FullPath(file)]);
            arguments.AddRange(parse.GetValue(settings) ?? []);
            return ForegroundProcess.RunAsync(Executable.Find(ConfigurationLocator.KindOfFile(path), environment), arguments);
        }));
        return command.WithExamples("""
            mixmq doctor --config node.json
            mixmq doctor --config float.json --peer bank-b
            mixmq doctor --config /etc/mixmq/node --bundle support.tar.gz -- --dataDirectory=/var/lib/mixmq-node
            """);
    }
}
