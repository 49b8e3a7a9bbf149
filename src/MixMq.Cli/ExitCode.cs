namespace MixMq.Cli;

/// <summary>What the process's exit code says; scripts rely on it, so a number once used keeps its meaning. The help lists it.</summary>
internal static class ExitCode
{
    /// <summary>It is done.</summary>
    public const int Success = 0;

    /// <summary>It failed at run time; the message says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line, an address or a configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The node can't be reached.</summary>
    public const int Unreachable = 3;

    /// <summary>Not delivered: the message expired, or the time ran out first.</summary>
    public const int NotDelivered = 4;

    /// <summary>A signal ended it: this plus the signal's number, as shells have it.</summary>
    public const int SignalBase = 128;
}
