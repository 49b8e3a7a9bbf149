using MixMq.Overlay;

namespace MixMq.Simulation.Anonymity;

/// <summary>A relay between endpoints, so that each packet is mixed once: what theory knows best.</summary>
public static class SingleMixStudy
{
    private const int Endpoints = 8;
    private const int WarmUpDelays = 30;
    private const int SampleEveryDelays = 8;

    /// <param name="occupancy">λ/µ.</param>
    /// <param name="durationDelays">How long is measured, in mean delays.</param>
    /// <param name="targets">How many leaving packets the observer asks after.</param>
    /// <param name="meanDelayMs">The mean delay.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="routes">Wraps the shipping routes; null: as they are.</param>
    public static SingleMixResult Run(
        double occupancy, int durationDelays, int targets, double meanDelayMs, long seed, Func<IPacketRoutes, IPacketRoutes>? routes = null)
    {
        SeededRandomSource Stream(string use) => new(FormattableString.Invariant($"anonymity|{seed}|mix {occupancy}|{use}"));
        var network = MixNetwork.SingleMix(Endpoints);
        var delay = meanDelayMs * Moment.MicrosPerMilli;
        var warmUp = (long)(WarmUpDelays * delay);
        var end = warmUp + (long)(durationDelays * delay);
        IPacketRoutes shipping = new ShippingRoutes(network, meanDelayMs, Stream("delays"));
        var traffic = Traffic.Draw(
            [.. Enumerable.Range(1, Endpoints)],
            Endpoints,
            occupancy / Endpoints / delay * Moment.MicrosPerSecond,
            end,
            routes is null ? shipping : routes(shipping),
            Stream("traffic"));
        var run = MixingRun.Run(traffic, network.Count, end, warmUp, (long)(SampleEveryDelays * delay));
        var posterior = new SenderPosterior(run, Observer.OfTimes);
        var measured = RunFigures.Targets(run, warmUp, end, targets).Select(posterior.Of).ToArray();
        return new(
            occupancy,
            Summary.Of([.. measured.Select(one => one.Packet)]),
            Summary.Of([.. measured.Select(one => one.PacketSurprise - one.Packet)]),
            RunFigures.OccupancyFit(run, meanDelayMs, end, Stream("occupancy")),
            DelayFit(traffic, meanDelayMs),
            RunFigures.InterchangeFit(run, warmUp, meanDelayMs, Stream("ranks")),
            run.Hash());
    }

    // Of packets sent, not delivered: at the end the slow ones are still inside.
    private static double DelayFit(Traffic traffic, double meanDelayMs) => GoodnessOfFit.KolmogorovSmirnovOfRounded(
        Enumerable.Range(0, traffic.Count).Select(packet => (long)traffic.HopsOf(packet)[0].DelayMs),
        time => ClosedForms.ErlangBelow(1, meanDelayMs, time));
}
