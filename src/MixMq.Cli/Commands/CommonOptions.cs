using System.CommandLine;
using System.CommandLine.Parsing;
using MixMq.Cli.Output;

namespace MixMq.Cli.Commands;

/// <summary>Options that several commands have, with one meaning.</summary>
internal static class CommonOptions
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Write JSON to standard output and nothing else (errors: one JSON object on standard error).",
        Recursive = true,
    };

    public static Option<string?> Socket() => new("--socket")
    {
        Description = "The control socket of the node. Or set MIXMQ_SOCKET.",
        HelpName = "path",
    };

    public static Option<string?> Config() => new("--config")
    {
        Description = "The node's configuration file or its folder. Or set MIXMQ_CONFIG; without both, ./node.json is tried.",
        HelpName = "path",
    };

    /// <summary>A span of time such as <c>90</c> (seconds), <c>30s</c>, <c>5m</c>, <c>12h</c>, <c>7d</c>.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description + " Such as 30s, 5m, 12h or 7d; a number alone counts seconds.",
        HelpName = "time",
        CustomParser = result =>
        {
            if (Output.Duration.TryParse(result.Tokens[0].Value, out var value))
                return value;
            result.AddError($"{name} {result.Tokens[0].Value}: write a time such as 30s, 5m, 12h or 7d.");
            return null;
        },
    };

    /// <summary>A whole number in a range.</summary>
    public static Option<int?> Count(string name, string description, int least, int most) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, System.Globalization.NumberStyles.None, null, out var value) && value >= least && value <= most)
                return value;
            result.AddError($"{name} {result.Tokens[0].Value}: write a whole number from {least} to {most}.");
            return null;
        },
    };

    public static bool IsGiven(this ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    public static CommandOutput OutputFor(this ParseResult result, CliEnvironment environment)
    {
        var configuration = result.InvocationConfiguration;
        var json = result.GetValue(Json);
        return new CommandOutput(configuration.Output, configuration.Error, json, environment.Interactive && !json);
    }
}
