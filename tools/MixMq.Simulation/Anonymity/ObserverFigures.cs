namespace MixMq.Simulation.Anonymity;

/// <summary>What one kind of observer is left with, over all targets. Entropies in bits.</summary>
public sealed record ObserverFigures(
    Summary Packet, Summary Sender, Summary GreatestSender, Summary PacketSurprise, Summary Excess, double MostUnresolved)
{
    /// <param name="series">One a target, in order of time.</param>
    public static ObserverFigures Of(IReadOnlyList<Uncertainty> series) => new(
        Summary.Of([.. series.Select(one => one.Packet)]),
        Summary.Of([.. series.Select(one => one.Sender)]),
        Summary.Of([.. series.Select(one => one.GreatestSender)]),
        Summary.Of([.. series.Select(one => one.PacketSurprise)]),
        Summary.Of([.. series.Select(one => one.PacketSurprise - one.Packet)]),
        series.Max(one => one.Unresolved));
}
