using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Control;

namespace MixMq.Cli.Commands;

/// <summary><c>metrics</c>: a running node's figures, as Prometheus reads them.</summary>
internal static class MetricsCommand
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    public static Command Create(CliEnvironment environment)
    {
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("metrics", "The node's figures as Prometheus text: totals and distributions, without anybody's name. (A float writes them into metrics:file.)") { socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var metrics = await client.GetMetricsAsync(CallTimeout, cancellationToken);
            if (output.Json)
                output.Object(new JsonObject { ["text"] = metrics.Text });
            else
                output.Line(metrics.Text.TrimEnd('\n'));
            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq metrics --config node.json
            mixmq metrics --socket /run/mixmq-node/control.sock | grep latency
            """);
    }
}
