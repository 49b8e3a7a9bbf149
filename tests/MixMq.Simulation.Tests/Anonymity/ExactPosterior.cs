using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

/// <summary>
/// The same probabilities by going through every way in which packets may have left the mixes, forward in time, each as likely as any
/// other at its mix: exponential in the number of packets, and no formula that could be wrong.
/// </summary>
internal static class ExactPosterior
{
    /// <summary>For each delivery (index of transfer), the probability of each packet sent.</summary>
    public static Dictionary<int, Dictionary<int, double>> Of(MixingRun run, Observer observer)
    {
        var found = new Dictionary<int, Dictionary<int, double>>();
        Go(0, new Dictionary<(int, int), List<int>>(), 1);
        return found;

        void Go(int index, Dictionary<(int, int), List<int>> mixes, double odds)
        {
            if (index == run.Transfers.Count)
            {
                return;
            }

            var transfer = run.Transfers[index];
            var place = observer == Observer.OfTimes ? 0 : transfer.Mix;
            var next = (transfer.To, observer == Observer.OfTimes ? 0 : place + 1);
            if (transfer.From == Transfer.Outside)
            {
                Go(index + 1, With(mixes, next, transfer.Packet), odds);
                return;
            }

            var inside = mixes[(transfer.From, place)];
            foreach (var packet in inside)
            {
                var after = mixes.ToDictionary(mix => mix.Key, mix => mix.Value);
                after[(transfer.From, place)] = [.. inside.Where(other => other != packet)];
                var share = odds / inside.Count;
                if (transfer.To != Transfer.Outside)
                {
                    Go(index + 1, With(after, next, packet), share);
                    continue;
                }

                var known = found.TryGetValue(index, out var one) ? one : found[index] = [];
                known[packet] = known.GetValueOrDefault(packet) + share;
                Go(index + 1, after, share);
            }
        }
    }

    private static Dictionary<(int, int), List<int>> With(Dictionary<(int, int), List<int>> mixes, (int, int) mix, int packet)
    {
        var after = mixes.ToDictionary(one => one.Key, one => one.Value);
        after[mix] = [.. after.GetValueOrDefault(mix) ?? [], packet];
        return after;
    }
}
