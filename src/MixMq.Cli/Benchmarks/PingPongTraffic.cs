using MixMq.Cli.Local;

namespace MixMq.Cli.Benchmarks;

/// <summary>One message to and fro at a time: the other application answers each at once with one of the same size.</summary>
internal sealed class PingPongTraffic : BenchTraffic
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _pings = new(0);
    private readonly SemaphoreSlim _pongs = new(0);
    private readonly BenchLedger[] _ledgers;
    private readonly BenchFlow _forth;
    private readonly BenchFlow _back;
    private List<double> _roundTrips = [];

    public PingPongTraffic(LocalNetwork network, byte[] seed, BenchOptions options)
    {
        _ledgers = [new BenchLedger(seed, 0, options.Size), new BenchLedger(seed, 1, options.Size)];
        _forth = new BenchFlow(network, BenchPlan.A, BenchPlan.B, _ledgers[0], options.InFlight) { Arrived = _ => _pings.Release() };
        _back = new BenchFlow(network, BenchPlan.B, BenchPlan.A, _ledgers[1], options.InFlight) { Arrived = _ => _pongs.Release() };
    }

    public override IReadOnlyList<BenchLedger> Ledgers => _ledgers;

    public override IReadOnlyList<double> TakeLatencies()
    {
        foreach (var ledger in _ledgers)
            ledger.TakeLatencies();
        lock (_lock)
        {
            var taken = _roundTrips;
            _roundTrips = [];
            return taken;
        }
    }

    public override IEnumerable<Task> Receive(CancellationToken cancellationToken) =>
        [_forth.ReceiveAsync(cancellationToken), _back.ReceiveAsync(cancellationToken), AnswerAsync(cancellationToken)];

    public override async Task SendAsync(CancellationToken stop, CancellationToken cancellationToken)
    {
        while (!stop.IsCancellationRequested)
        {
            var begun = TimeProvider.System.GetTimestamp();
            var sending = _forth.SendAsync(cancellationToken);
            await _pongs.WaitAsync(cancellationToken);
            lock (_lock)
                _roundTrips.Add(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
            await sending;
        }
    }

    public override void Dispose()
    {
        _forth.Dispose();
        _back.Dispose();
        _pings.Dispose();
        _pongs.Dispose();
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _pings.WaitAsync(cancellationToken);
            await _back.SendAsync(cancellationToken);
        }
    }
}
