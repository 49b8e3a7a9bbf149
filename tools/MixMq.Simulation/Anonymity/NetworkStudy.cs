using MixMq.Overlay;

namespace MixMq.Simulation.Anonymity;

/// <summary>Senders at constant rate over a graph of relays, and what observers of all links make of it.</summary>
public static class NetworkStudy
{
    private const int WarmUpDelaysPerMix = 20;
    private const int LeastDelays = 300;
    private const int DrainDelaysPerMix = 60;
    private const int MostDelaysKept = 20_000;

    /// <param name="network">The graph; every node relays, sends and receives.</param>
    /// <param name="options">All but what describes the graph.</param>
    /// <param name="routes">Wraps the shipping routes; null: as they are.</param>
    public static NetworkFigures Run(MixNetwork network, AnonymityOptions options, Func<IPacketRoutes, IPacketRoutes>? routes = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        SeededRandomSource Stream(string use) => new(FormattableString.Invariant($"anonymity|{options.Seed}|network|{use}"));
        var mixes = network.Parameters.PathLinks - 1;
        var delay = options.DelayMs * Moment.MicrosPerMilli;
        var allSenders = options.Senders * options.Rate / Moment.MicrosPerSecond;
        var warmUp = (long)(WarmUpDelaysPerMix * mixes * delay);
        var end = warmUp + (long)Math.Max(LeastDelays * delay, options.Targets / allSenders);

        IPacketRoutes shipping = new ShippingRoutes(network, options.DelayMs, Stream("routes"));
        var traffic = Traffic.Draw(
            [.. Enumerable.Range(0, network.Count)], options.Senders, options.Rate, end, routes is null ? shipping : routes(shipping), Stream("traffic"));
        var until = end + (long)(DrainDelaysPerMix * mixes * delay);
        var run = MixingRun.Run(traffic, network.Count, until, warmUp, (long)((mixes + 8) * delay), end);

        var targets = RunFigures.Targets(run, warmUp, end, options.Targets);
        var ofTimes = Measure(run, Observer.OfTimes, targets);
        var ofPlaces = Measure(run, Observer.OfTimesAndPlaces, targets);
        var delays = RunFigures.Delays(run, mixes);
        var every = Math.Max(1, delays.Length / MostDelaysKept);
        return new()
        {
            Packets = traffic.Count,
            Targets = targets.Length,
            OtherLengthShare = Enumerable.Range(0, traffic.Count).Count(packet => traffic.MixesOf(packet) != mixes) / (double)traffic.Count,
            Unrouted = traffic.Unrouted,
            Occupancy = run.Occupancies.Average(sample => sample.Average()),
            OfTimes = ObserverFigures.Of(ofTimes),
            OfTimesAndPlaces = ObserverFigures.Of(ofPlaces),
            PerfectMix = Summary.Of(
                [.. targets.Select(target => RunFigures.PerfectMixEntropy(traffic, run.Transfers[target].Micros, mixes, options.DelayMs))]),
            Ceiling = ClosedForms.Ceiling(allSenders, delay, mixes),
            OccupancyFit = RunFigures.OccupancyFit(run, options.DelayMs, end, Stream("occupancy")),
            DelayFit = RunFigures.DelayFit(run, mixes, options.DelayMs),
            InterchangeFit = RunFigures.InterchangeFit(run, warmUp, options.DelayMs, Stream("ranks")),
            Delays = [.. delays.Where((_, index) => index % every == 0)],
            SenderEntropies = [.. ofPlaces.Select(one => one.Sender)],
            Hash = run.Hash(),
        };
    }

    private static Uncertainty[] Measure(MixingRun run, Observer observer, int[] targets)
    {
        var posterior = new SenderPosterior(run, observer);
        return [.. targets.Select(posterior.Of)];
    }
}
