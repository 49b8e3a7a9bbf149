using System.CommandLine;

namespace MixMq.Cli.Commands;

/// <summary>How a change of a configuration is agreed to, and who is told of it.</summary>
internal sealed class ChangeOptions
{
    private readonly Option<bool> _yes = new("--yes") { Description = "Don't ask: for scripts." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show and check what would change, and change nothing." };
    private readonly Option<string?> _socket = new("--socket")
    {
        Description = "The control socket of the node that is to take it, if the configuration doesn't say. Or set MIXMQ_SOCKET.",
        HelpName = "path",
    };

    public void AddTo(Command command)
    {
        command.Add(_yes);
        command.Add(_dryRun);
        command.Add(_socket);
    }

    /// <summary>Whether the operator agreed beforehand.</summary>
    public bool Yes(ParseResult parse) => parse.GetValue(_yes);

    /// <summary>Whether to stop before anything is written.</summary>
    public bool DryRun(ParseResult parse) => parse.GetValue(_dryRun);

    public string? Socket(CliEnvironment environment, ParseResult parse) =>
        parse.GetValue(_socket) is { Length: > 0 } given ? given : environment.Variable("MIXMQ_SOCKET");
}
