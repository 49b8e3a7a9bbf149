using System.Runtime.InteropServices;

namespace MixMq.Simulation.Anonymity;

/// <summary>
/// For a packet that is delivered, how probable it is to an observer that it is any of those that were sent.
/// </summary>
/// <remarks>
/// Delays are exponential, so whoever has waited how long, each of the n packets inside a mix leaves next with probability 1/n (Danezis
/// 2004). A packet that leaves thus carries the mean of what is inside; going back in time, probability b for each packet inside becomes
/// (m + (n − 1)·b) / n before one left that is the wanted packet with probability m, and an arriving packet takes its b with it over its link.
/// For independent exponential delays that is exact, not an approximation: all ways to match arrivals with departures have the same
/// likelihood, since the sum of the delays in a mix is the same for all. What paths look like (no node twice, where they may lead) isn't used.
/// </remarks>
public sealed class SenderPosterior
{
    private const double Negligible = 1e-9;
    private readonly MixingRun _run;
    private readonly Step[] _steps;
    private readonly double[] _each;
    private readonly double[] _bySender;
    private readonly List<int> _candidates = [];

    public SenderPosterior(MixingRun run, Observer observer)
    {
        ArgumentNullException.ThrowIfNull(run);
        _run = run;
        var places = observer == Observer.OfTimesAndPlaces ? run.MostMixes : 1;
        _steps = new Step[run.Transfers.Count];
        for (var i = 0; i < _steps.Length; i++)
        {
            var transfer = run.Transfers[i];
            var place = places == 1 ? 0 : transfer.Mix;
            _steps[i] = new(
                transfer.From == Transfer.Outside ? -1 : (transfer.From * places) + Math.Max(place - 1, 0),
                transfer.To == Transfer.Outside ? -1 : (transfer.To * places) + place,
                places == 1 ? transfer.Inside : transfer.InsideAtSameMix);
        }

        _each = new double[run.Nodes * places];
        _bySender = new double[run.Traffic.SenderCount];
    }

    /// <summary>What the last call found: each packet that it may be, with its probability.</summary>
    public List<(int Packet, double Probability)> Packets { get; } = [];

    /// <param name="delivery">Index of a transfer that delivers.</param>
    public Uncertainty Of(int delivery)
    {
        var target = _run.Transfers[delivery];
        if (target.To != Transfer.Outside)
        {
            throw new ArgumentException("The transfer doesn't deliver.", nameof(delivery));
        }

        GoBack(delivery);
        return Summarize(target.Packet);
    }

    private void GoBack(int delivery)
    {
        Packets.Clear();
        Array.Clear(_each);
        var steps = _steps;
        var each = _each;
        each[steps[delivery].From] = 1.0 / steps[delivery].Inside;
        var left = 1.0;
        for (var i = delivery - 1; i >= 0 && left > Negligible; i--)
        {
            ref readonly var step = ref steps[i];
            var carried = step.To < 0 ? 0 : each[step.To];
            if (step.From >= 0)
            {
                each[step.From] += (carried - each[step.From]) / step.Inside;
            }
            else if (carried > 0)
            {
                Packets.Add((_run.Transfers[i].Packet, carried));
                left -= carried;
            }
        }
    }

    private Uncertainty Summarize(int truth)
    {
        var (total, bits, own) = (0.0, 0.0, 0.0);
        foreach (var (packet, probability) in Packets)
        {
            total += probability;
            bits -= probability * Math.Log2(probability);
            own = packet == truth ? probability : own;
            var sender = _run.Traffic.SenderOf(packet);
            if (_bySender[sender] == 0)
            {
                _candidates.Add(sender);
            }

            _bySender[sender] += probability;
        }

        var (senderBits, greatest) = (0.0, 0.0);
        foreach (var sender in _candidates)
        {
            var probability = _bySender[sender];
            senderBits -= probability * Math.Log2(probability);
            greatest = Math.Max(greatest, probability);
        }

        var ownSender = _bySender[_run.Traffic.SenderOf(truth)];
        foreach (var sender in _candidates)
        {
            _bySender[sender] = 0;
        }

        _candidates.Clear();
        return new(bits, senderBits, greatest, Surprise(own), Surprise(ownSender), 1 - total);
    }

    // What was cut off as negligible is at most as probable as that.
    private static double Surprise(double probability) => -Math.Log2(Math.Max(probability, Negligible));

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Step(int From, int To, int Inside);
}
