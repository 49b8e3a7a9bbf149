namespace MixMq.Cli.Benchmarks;

/// <summary>What was asked for.</summary>
internal sealed record BenchOptions
{
    public const int DefaultSize = 1024;
    public const int DefaultSeconds = 10;
    public const int DefaultInFlight = 256;

    /// <summary>Before the measured span, at least: code is compiled, windows open and caches fill.</summary>
    public const int WarmUpSeconds = 5;

    /// <summary>As many messages are sent before it too; the runtime compiles by calls, not by seconds.</summary>
    public const int WarmUpMessages = 10_000;

    /// <summary>A machine that isn't through with them by then is measured as it is.</summary>
    public const int MostWarmUpSeconds = 30;

    /// <summary>Bytes of each message.</summary>
    public int Size { get; init; } = DefaultSize;

    /// <summary>Of the measured span.</summary>
    public int Seconds { get; init; } = DefaultSeconds;

    /// <summary>Messages that were begun to be sent and haven't arrived.</summary>
    public int InFlight { get; init; } = DefaultInFlight;

    /// <summary>One message to and fro at a time, in place of as many as go.</summary>
    public bool PingPong { get; init; }
}
