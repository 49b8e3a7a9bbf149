namespace MixMq.Cli.Packets;

/// <summary>
/// A request of the packet laboratory that isn't carried out. Where the specification has a name for why, the reason is that name.
/// </summary>
internal sealed class PacketRefusal(int exitCode, string message, string? reason = null) : CommandException(exitCode, message)
{
    public string? Reason { get; } = reason;

    /// <summary>The request itself is wrong.</summary>
    public static PacketRefusal Request(string message, string? reason = null) => new(Cli.ExitCode.Usage, message, reason);

    /// <summary>The request is well formed, and what it asks for is refused.</summary>
    public static PacketRefusal Outcome(string message, string reason) => new(Cli.ExitCode.Failure, message, reason);
}
