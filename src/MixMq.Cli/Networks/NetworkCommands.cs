using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Commands;
using MixMq.Cli.Output;
using MixMq.Overlay.Admission;
using MixMq.Transport;
using MixMq.Transport.Keys;

namespace MixMq.Cli.Networks;

/// <summary><c>network</c>: what the authorities of a network do. Files go from one authority to the next until enough have signed.</summary>
internal static class NetworkCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("network", "The parameters of a network, who belongs to it, and who not any more: for its authorities.")
        {
            Key(environment),
            ParametersCommands.Create(environment),
            ParametersCommands.Update(environment),
            AdmissionCommands.Admit(environment),
            AdmissionCommands.Revoke(environment),
            Sign(environment),
            Show(environment),
        };

    private static Command Key(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The key file to make (PEM, mode 0600); never overwritten." };
        var command = new Command("key", "Make an authority's key. Keep the file where no node runs, and a copy of it in a safe.") { file };
        command.SetBody(environment, (parse, output, _) =>
        {
            var path = environment.FullPath(parse.GetRequiredValue(file));
            try
            {
                using var key = NodeIdentity.Create(path);
                if (output.Json)
                    output.Object(new JsonObject { ["file"] = path, ["authority"] = key.Address.ToString() });
                else
                    output.Line($"Made {path}\nGive this to who creates the network:\n  authority  {key.Address}");
            }
            catch (KeyFileException failure)
            {
                throw CommandException.Usage($"{failure.Message}.");
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("mixmq network key authority-a.key");
    }

    private static Command Sign(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "Parameters, an admission certificate, a revocation list, a map entry or a successor statement; the signature is added to it." };
        var keys = StatementFiles.Keys();
        keys.Required = true;
        var network = StatementFiles.Network("The parameters in force. Not needed for parameters whose authorities stay the same.");
        var command = new Command("sign", "Add an authority's signature. Look at what it says first: mixmq network show.") { file, keys, network };
        command.SetBody(environment, (parse, output, _) =>
        {
            var path = environment.FullPath(parse.GetRequiredValue(file));
            var statement = StatementFiles.Read<AuthorityStatement>(path);
            var inForce = StatementFiles.ReadNetwork(environment, parse.GetValue(network), statement as SignedParameters);
            StatementFiles.Finish(environment, output, path, statement, inForce, parse.GetValue(keys));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq network sign network.params --key authority-b.key
            mixmq network sign bank-a.admission --network network.params --key authority-b.key
            """);
    }

    private static Command Show(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "Parameters, an admission certificate, a revocation list, a map entry or a successor statement." };
        var network = StatementFiles.Network("The parameters in force: then it is said whether the signatures hold and are enough.");
        var command = new Command("show", "Show what is in a file, and whether its signatures hold. Exit code 1 when one doesn't.") { file, network };
        command.SetBody(environment, (parse, output, _) =>
        {
            var statement = StatementFiles.Read<AuthorityStatement>(environment.FullPath(parse.GetRequiredValue(file)));
            var inForce = parse.GetValue(network) is { Length: > 0 } || statement is SignedParameters
                ? StatementFiles.ReadNetwork(environment, parse.GetValue(network), statement as SignedParameters)
                : null;
            var holds = inForce is null ? (bool?)null : statement.VerifySignatures(inForce.Network.Definition.Id);
            if (output.Json)
                output.Object(StatementDisplay.Json(statement, inForce, holds));
            else
                StatementDisplay.Show(output, statement, inForce, holds);
            return Task.FromResult(holds == false ? ExitCode.Failure : ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq network show network.params
            mixmq network show bank-a.admission --network network.params
            """);
    }

    /// <summary>A time that is signed, which may be later than .NET can say.</summary>
    public static string Time(long unixMillis) => DateTimeOffset
        .FromUnixTimeMilliseconds(Math.Min(unixMillis, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()))
        .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
