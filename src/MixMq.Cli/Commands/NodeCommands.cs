using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Processes;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Commands;

/// <summary><c>node init|run</c> and <c>float init|run</c>.</summary>
internal static class NodeCommands
{
    /// <summary>A pinned certificate that expires is an outage, and the pin is what counts: five years.</summary>
    private static readonly TimeSpan SelfSignedLifetime = TimeSpan.FromDays(5 * 365);

    public static Command Create(CliEnvironment environment, ConfigurationKind kind)
    {
        var (name, what) = kind == ConfigurationKind.Node
            ? ("node", "An endpoint node: sends and receives messages, inside the firewall.")
            : ("float", "A float: forwards packets, in the DMZ.");
        return new Command(name, what) { Init(environment, kind, name), Run(environment, kind, name) };
    }

    private static Command Init(CliEnvironment environment, ConfigurationKind kind, string word)
    {
        var folder = new Argument<string>("folder") { Description = "The folder to make; what is there is never overwritten." };
        var network = new Option<string>("--network") { Description = "The network's name, equal on all its nodes.", DefaultValueFactory = _ => "mixmq", HelpName = "name" };
        var listen = new Option<string[]>("--listen")
        {
            Description = kind == ConfigurationKind.Node
                ? "An address to listen on (may be repeated). A node that dials its floats needs none."
                : "An address to listen on (may be repeated). Default: 0.0.0.0:7400.",
            HelpName = "address:port",
        };
        var certificate = new Option<string?>("--certificate") { Description = "The institution's own TLS certificate (PEM; intermediates after it) instead of a self-signed one.", HelpName = "path" };
        var key = new Option<string?>("--key") { Description = "The certificate's private key (PEM, unencrypted).", HelpName = "path" };
        var command = new Command("init", $"Make a {word}'s folder: configuration, identity key, TLS certificate.") { folder, network, listen, certificate, key };
        command.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(certificate)) != string.IsNullOrEmpty(result.GetValue(key)))
                result.AddError("--certificate and --key go together.");
        });
        command.SetBody(environment, (parse, output, _) =>
        {
            var full = environment.FullPath(parse.GetRequiredValue(folder));
            var addresses = parse.GetValue(listen) is { Length: > 0 } given ? given : kind == ConfigurationKind.Node ? [] : ["0.0.0.0:7400"];
            foreach (var address in addresses)
                RequireListenAddress(address);
            var made = NodeFolder.Create(full, kind, ConfigurationFile.Create(kind, parse.GetRequiredValue(network), addresses), (certificateFile, keyFile) =>
                parse.GetValue(certificate) is { Length: > 0 } own
                    ? TlsFiles.Copy(environment.FullPath(own), environment.FullPath(parse.GetRequiredValue(key)!), certificateFile, keyFile)
                    : TlsFiles.CreateSelfSigned(certificateFile, keyFile, HostName(full), DateTimeOffset.UtcNow, SelfSignedLifetime));
            Report(output, made, word);
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples($"""
            mixmq {word} init /etc/mixmq/{word}
            mixmq {word} init {word} --certificate tls.crt --key tls.key     with the institution's own certificate
            """);
    }

    private static Command Run(CliEnvironment environment, ConfigurationKind kind, string word)
    {
        var config = new Option<string?>("--config") { Description = $"The configuration file or its folder. Default: ./{ConfigurationFile.NameOf(kind)}.", HelpName = "path" };
        var check = new Option<bool>("--check-config") { Description = "Say everything that is wrong with the configuration, and don't run." };
        var settings = new Argument<string[]>("settings") { Description = "Settings that replace the file's: --section:key=value, after --.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("run", $"Run a {word} as a process of its own, until it is told to stop (Ctrl-C, SIGTERM).") { config, check, settings };
        command.SetAction((parse, _) =>
        {
            var output = parse.OutputFor(environment);
            return GuardAsync(output, () =>
            {
                var path = environment.FullPath(parse.GetValue(config) is { Length: > 0 } given ? given : ".");
                if (Directory.Exists(path))
                    path = Path.Combine(path, ConfigurationFile.NameOf(kind));
                List<string> arguments = ["--config", path];
                if (parse.GetValue(check))
                    arguments.Add("--check-config");
                arguments.AddRange(parse.GetValue(settings) ?? []);
                return ForegroundProcess.RunAsync(Executable.Find(kind, environment), arguments);
            });
        });
        return command.WithExamples($"""
            mixmq {word} run --config {ConfigurationFile.NameOf(kind)}
            mixmq {word} run --config {ConfigurationFile.NameOf(kind)} --check-config
            mixmq {word} run --config {ConfigurationFile.NameOf(kind)} -- --log:level=debug
            """);
    }

    /// <summary>No signals of its own: the process that is run gets them all.</summary>
    public static async Task<int> GuardAsync(Output.CommandOutput output, Func<Task<int>> body)
    {
        try
        {
            return await body();
        }
        catch (CommandException failure)
        {
            Output.ErrorReport.Write(output.Error, output.Json, failure.ExitCode, failure.Message);
            return failure.ExitCode;
        }
    }

    private static void Report(Output.CommandOutput output, NodeFolder made, string word)
    {
        if (output.Json)
        {
            output.Object(new JsonObject
            {
                ["folder"] = made.Folder,
                ["config"] = made.ConfigurationPath,
                ["address"] = made.Address.ToString(),
                ["pin"] = made.Pin,
            });
            return;
        }

        output.Line($"""
            Made {made.Folder}
            Give these to the operators of its peers:
              address  {made.Address}
              pin      {made.Pin}
            Next:
              mixmq peer add --config {made.ConfigurationPath} NAME ADDRESS --dial host:port --pin sha256:…
              mixmq {word} run --config {made.ConfigurationPath}
            """);
    }

    private static string HostName(string folder)
    {
        var name = string.Concat(Path.GetFileName(folder.TrimEnd('/')).Where(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
        return name.Length is > 0 and <= 63 ? name : "mixmq";
    }

    private static void RequireListenAddress(string address)
    {
        if (!System.Net.IPEndPoint.TryParse(address, out var endpoint) || endpoint.Port == 0)
            throw CommandException.Usage($"--listen {address}: write address:port, such as 0.0.0.0:7400 or [::]:7400.");
    }
}
