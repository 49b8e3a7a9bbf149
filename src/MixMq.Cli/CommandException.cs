namespace MixMq.Cli;

/// <summary>Ends a command: the message goes to the user and says what to do; the exit code goes to scripts.</summary>
internal class CommandException(int exitCode, string message, Exception? cause = null) : Exception(message, cause)
{
    public int ExitCode { get; } = exitCode;

    public static CommandException Usage(string message) => new(Cli.ExitCode.Usage, message);

    public static CommandException Failure(string message, Exception? cause = null) => new(Cli.ExitCode.Failure, message, cause);
}
