namespace MixMq.Cli.Demo;

/// <summary>What the demo was asked for.</summary>
internal sealed record DemoOptions
{
    public const int DefaultMessages = 100;
    public const int DefaultSize = 1024;
    public const int DefaultFileBytes = 256 * 1024;

    /// <summary>Messages beside the file.</summary>
    public int Messages { get; init; } = DefaultMessages;

    /// <summary>Bytes of each message.</summary>
    public int Size { get; init; } = DefaultSize;

    /// <summary>Absolute path of the file to send; null: one is made up.</summary>
    public string? File { get; init; }

    public DemoFault Fault { get; init; }

    public bool Keep { get; init; }

    /// <summary>How long the traffic may take: a lot more than it should, so that only what is stuck meets it.</summary>
    public TimeSpan TrafficTimeout => TimeSpan.FromSeconds(120 + (Messages * 0.2) + ((double)Messages * Size / 100_000));
}
