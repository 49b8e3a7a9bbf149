namespace MixMq.Cli.Benchmarks;

/// <summary>What goes over the measured network.</summary>
internal abstract class BenchTraffic : IDisposable
{
    /// <summary>One a direction.</summary>
    public abstract IReadOnlyList<BenchLedger> Ledgers { get; }

    /// <summary>Messages that have arrived, in all directions.</summary>
    public int Received => Ledgers.Sum(ledger => ledger.Received);

    /// <summary>Milliseconds measured since they were last taken.</summary>
    public abstract IReadOnlyList<double> TakeLatencies();

    /// <summary>The receiving applications; they end by cancellation alone.</summary>
    public abstract IEnumerable<Task> Receive(CancellationToken cancellationToken);

    /// <summary>The sending applications: they begin nothing after the first token and end when everything begun is answered.</summary>
    public abstract Task SendAsync(CancellationToken stop, CancellationToken cancellationToken);

    /// <summary>After everything has ended.</summary>
    public abstract void Dispose();
}
