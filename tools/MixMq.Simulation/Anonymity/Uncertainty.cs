using System.Runtime.InteropServices;

namespace MixMq.Simulation.Anonymity;

/// <summary>How little an observer knows of one packet. In bits where nothing else is said.</summary>
/// <param name="Packet">Entropy over the packets that were sent.</param>
/// <param name="Sender">Entropy over the senders.</param>
/// <param name="GreatestSender">The probability of the likeliest sender.</param>
/// <param name="PacketSurprise">−log2 of the probability given to the right packet. In the mean it is the entropy if the probabilities are right.</param>
/// <param name="SenderSurprise">The same of the right sender.</param>
/// <param name="Unresolved">Probability of what was sent before the run began.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Uncertainty(
    double Packet, double Sender, double GreatestSender, double PacketSurprise, double SenderSurprise, double Unresolved);
