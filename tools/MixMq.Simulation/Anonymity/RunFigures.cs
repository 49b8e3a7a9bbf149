using MixMq.Crypto;
using MixMq.Overlay;

namespace MixMq.Simulation.Anonymity;

/// <summary>What is taken from a run, whatever the graph.</summary>
public static class RunFigures
{
    private const int MostRanks = 200_000;
    private const double RoundingMs = 0.5;

    /// <summary>Deliveries between two moments, so many of them evenly apart; all if there are fewer.</summary>
    public static int[] Targets(MixingRun run, long fromMicros, long untilMicros, int count)
    {
        ArgumentNullException.ThrowIfNull(run);
        var deliveries = run.Transfers.Index()
            .Where(item => item.Item.To == Transfer.Outside && item.Item.Micros >= fromMicros && item.Item.Micros < untilMicros)
            .Select(item => item.Index).ToArray();
        return deliveries.Length <= count
            ? deliveries
            : [.. Enumerable.Range(0, count).Select(i => deliveries[(int)((long)i * deliveries.Length / count)])];
    }

    /// <summary>Times from sending to delivery, in milliseconds, of packets over so many mixes.</summary>
    public static long[] Delays(MixingRun run, int mixes)
    {
        ArgumentNullException.ThrowIfNull(run);
        return [.. run.Transfers
            .Where(transfer => transfer.To == Transfer.Outside && run.Traffic.MixesOf(transfer.Packet) == mixes)
            .Select(transfer => (transfer.Micros - run.Traffic.EmittedMicros(transfer.Packet)) / Moment.MicrosPerMilli)];
    }

    /// <summary>Fit of the time on the way to Erlang.</summary>
    public static double DelayFit(MixingRun run, int mixes, double meanDelayMs) =>
        GoodnessOfFit.KolmogorovSmirnovOfRounded(Delays(run, mixes), time => ClosedForms.ErlangBelow(mixes, meanDelayMs, time));

    /// <summary>
    /// Fit of what each node holds to Poisson, its mean being the node's arrivals, counted over the whole time of sending, times the delay.
    /// </summary>
    public static double OccupancyFit(MixingRun run, double meanDelayMs, long durationMicros, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(run);
        var arrivals = new long[run.Nodes];
        foreach (var transfer in run.Transfers)
        {
            if (transfer.To != Transfer.Outside && transfer.Micros < durationMicros)
            {
                arrivals[transfer.To]++;
            }
        }

        var perArrival = meanDelayMs * Moment.MicrosPerMilli / durationMicros;
        var positions =
            from sample in run.Occupancies
            from node in Enumerable.Range(0, run.Nodes)
            where arrivals[node] > 0
            select GoodnessOfFit.PoissonPosition(sample[node], arrivals[node] * perArrival, random.NextDouble());
        return GoodnessOfFit.KolmogorovSmirnov(positions, position => position);
    }

    /// <summary>
    /// Fit of who leaves next to "anyone inside, each as likely", which the observer's reckoning rests on. Delays are drawn in whole
    /// milliseconds: that moves a packet by at most half of one, and so by the share of the others that came in that time; so far the
    /// distributions may lie apart. 1 if never two were inside.
    /// </summary>
    public static double InterchangeFit(MixingRun run, long fromMicros, double meanDelayMs, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(run);
        var leaving = run.Transfers.Where(transfer => transfer.Inside > 1 && transfer.Micros >= fromMicros).ToArray();
        var every = Math.Max(1, leaving.Length / MostRanks);
        return leaving.Length == 0 ? 1 : GoodnessOfFit.KolmogorovSmirnov(
            leaving.Where((_, index) => index % every == 0).Select(transfer => (transfer.Rank + random.NextDouble()) / transfer.Inside),
            position => position,
            RoundingMs / meanDelayMs);
    }

    /// <summary>
    /// Entropy over the packets sent for a packet delivered at a moment, were the network one perfect mix with the same delays: what the
    /// ceiling stands for, with this traffic.
    /// </summary>
    public static double PerfectMixEntropy(Traffic traffic, long deliveredMicros, int mixes, double meanDelayMs)
    {
        ArgumentNullException.ThrowIfNull(traffic);
        var (low, high) = (0, traffic.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = traffic.EmittedMicros(middle) <= deliveredMicros ? (middle + 1, high) : (low, middle);
        }

        var longest = (mixes + 40) * meanDelayMs;
        var (sum, weighted) = (0.0, 0.0);
        for (var packet = low - 1; packet >= 0; packet--)
        {
            var time = (deliveredMicros - traffic.EmittedMicros(packet)) / (double)Moment.MicrosPerMilli;
            if (time > longest)
            {
                break;
            }

            var weight = ClosedForms.ErlangWeight(mixes, meanDelayMs, time);
            sum += weight;
            weighted += weight > 0 ? weight * Math.Log2(weight) : 0;
        }

        return Math.Log2(sum) - (weighted / sum);
    }
}
