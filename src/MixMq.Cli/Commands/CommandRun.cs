using System.CommandLine;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Commands;

/// <summary>Runs a command's body: signals cancel it, and what it throws becomes a message and an exit code.</summary>
internal static class CommandRun
{
    public static void SetBody(
        this Command command, CliEnvironment environment, Func<ParseResult, CommandOutput, CancellationToken, Task<int>> body) =>
        command.SetAction(async (parse, _) =>
        {
            var output = parse.OutputFor(environment);
            using var signals = new ShutdownSignals();
            return await RunAsync(output, signals, () => body(parse, output, signals.Token));
        });

    /// <summary>For a body that handles its own signals.</summary>
    public static async Task<int> RunAsync(CommandOutput output, ShutdownSignals signals, Func<Task<int>> body)
    {
        try
        {
            return await body();
        }
        catch (OperationCanceledException) when (signals.Received is { } signal)
        {
            return ExitCode.SignalBase + signal;
        }
        catch (CommandException failure)
        {
            return Fail(output, failure.ExitCode, failure.Message);
        }
        catch (RpcException failure)
        {
            return Fail(output, ExitCodeOf(failure), Describe(failure));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Fail(output, ExitCode.Failure, failure.Message);
        }
    }

    public static int ExitCodeOf(RpcException failure) => failure.StatusCode switch
    {
        GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded => ExitCode.Unreachable,
        GrpcStatusCode.InvalidArgument or GrpcStatusCode.NotFound => ExitCode.Usage,
        _ => ExitCode.Failure,
    };

    private static string Describe(RpcException failure) => failure.StatusCode switch
    {
        GrpcStatusCode.DeadlineExceeded => "The node does not answer; see its log, or start it again.",
        GrpcStatusCode.Unavailable or GrpcStatusCode.InvalidArgument or GrpcStatusCode.NotFound or GrpcStatusCode.AlreadyExists or GrpcStatusCode.FailedPrecondition =>
            failure.Message,
        GrpcStatusCode.ResourceExhausted => $"The node refuses for now: {failure.Message}",
        GrpcStatusCode.Unimplemented => $"The node is of another version than this program: {failure.Message}",
        _ => $"The node failed ({failure.StatusCode}): {failure.Message} Its log says more.",
    };

    private static int Fail(CommandOutput output, int exitCode, string message)
    {
        ErrorReport.Write(output.Error, output.Json, exitCode, message);
        return exitCode;
    }
}
