namespace MixMq.Transport.Workers;

/// <summary>A queue as the workers see it.</summary>
internal interface IWorkQueue
{
    /// <summary>Items that wait; read under the workers' gate.</summary>
    int Waiting { get; }

    /// <summary>A worker's own side of it.</summary>
    IStation CreateStation();
}
