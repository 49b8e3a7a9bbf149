using MixMq.Cli.Local;

namespace MixMq.Cli.Benchmarks;

/// <summary>As many messages as go, one way.</summary>
internal sealed class OneWayTraffic : BenchTraffic
{
    private readonly BenchLedger _ledger;
    private readonly BenchFlow _flow;

    public OneWayTraffic(LocalNetwork network, byte[] seed, BenchOptions options)
    {
        _ledger = new BenchLedger(seed, 0, options.Size);
        _flow = new BenchFlow(network, BenchPlan.A, BenchPlan.B, _ledger, options.InFlight);
    }

    public override IReadOnlyList<BenchLedger> Ledgers => [_ledger];

    public override IReadOnlyList<double> TakeLatencies() => _ledger.TakeLatencies();

    public override IEnumerable<Task> Receive(CancellationToken cancellationToken) => [_flow.ReceiveAsync(cancellationToken)];

    public override Task SendAsync(CancellationToken stop, CancellationToken cancellationToken) => _flow.SendAllAsync(stop, cancellationToken);

    public override void Dispose() => _flow.Dispose();
}
