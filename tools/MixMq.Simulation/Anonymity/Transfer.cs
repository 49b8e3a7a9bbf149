using System.Runtime.InteropServices;

namespace MixMq.Simulation.Anonymity;

/// <summary>A packet goes from one node to the next over a link. An observer of all links sees each, but not which packet it is.</summary>
/// <param name="Micros">When, since the run began.</param>
/// <param name="Packet">Which packet; what the observer wants to know.</param>
/// <param name="From">The relay that held it; <see cref="Outside"/>: it is sent.</param>
/// <param name="To">The relay that will hold it; <see cref="Outside"/>: it is delivered.</param>
/// <param name="Mix">Which of its packet's relays <paramref name="From"/> is, from 1; 0: it is sent.</param>
/// <param name="Inside">Packets that <paramref name="From"/> held, this one among them.</param>
/// <param name="InsideAtSameMix">Those of them whose paths had got as far.</param>
/// <param name="Rank">How many of those it held had come before this one.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Transfer(long Micros, int Packet, int From, int To, int Mix, int Inside, int InsideAtSameMix, int Rank)
{
    public const int Outside = -1;
}
