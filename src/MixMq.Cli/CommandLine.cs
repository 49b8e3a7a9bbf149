using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using MixMq.Cli.Commands;
using MixMq.Cli.Output;

namespace MixMq.Cli;

/// <summary>The whole command line: parse it, run it, turn what goes wrong into a message and an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, CliEnvironment environment, TextWriter? output = null, TextWriter? error = null)
    {
        output ??= Console.Out;
        error ??= Console.Error;
        var root = RootCommandTree.Create(environment);
        var result = root.Parse(args);
        // Not `result.Errors`: whoever asks for help hasn't given what is required.
        if (result.Action is null or ParseErrorAction)
            return ReportUsage(result, error);

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            // Failures and signals have exit codes of their own here.
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await result.InvokeAsync(configuration);
    }

    private static int ReportUsage(ParseResult result, TextWriter error)
    {
        var sentences = result.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal);
        var help = "Try `mixmq " + string.Join("", CommandNames(result.CommandResult)) + "--help`.";
        if (result.GetValue(CommonOptions.Json))
        {
            ErrorReport.Write(error, json: true, ExitCode.Usage, string.Join(" ", sentences) + " " + help);
            return ExitCode.Usage;
        }

        foreach (var sentence in sentences)
            ErrorReport.Write(error, json: false, ExitCode.Usage, sentence);
        error.WriteLine(help);
        return ExitCode.Usage;
    }

    private static string CommandNames(CommandResult? result)
    {
        var names = "";
        for (; result?.Parent is CommandResult parent; result = parent)
            names = result.Command.Name + " " + names;
        return names;
    }
}
