namespace MixMq.Transport.Workers;

/// <summary>One worker thread's side of one queue.</summary>
internal interface IStation : IDisposable
{
    /// <summary>Kind of work, for a log.</summary>
    string Name { get; }

    /// <summary>Takes what waits, up to a batch; called under the workers' gate.</summary>
    bool TryTake(bool othersIdle);

    /// <summary>Works on what was taken.</summary>
    void Execute();
}
