namespace MixMq.Cli.Local;

/// <summary>Shows a person, or a log, how far something is that takes a while.</summary>
internal interface IRunProgress
{
    /// <summary>A step, or something that happened.</summary>
    void Note(string text);

    /// <summary>Runs work that reports how much of a total is done.</summary>
    Task RunAsync(string title, int total, Func<Action<int>, Task> work);
}
