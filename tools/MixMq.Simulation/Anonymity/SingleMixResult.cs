namespace MixMq.Simulation.Anonymity;

/// <summary>One mix under Poisson traffic, measured.</summary>
/// <param name="Occupancy">λ/µ: packets in it in the mean.</param>
/// <param name="Entropy">Of a leaving packet over those that were sent.</param>
/// <param name="Excess">Surprise at the right packet less entropy: nothing in the mean, if the observer reckons rightly.</param>
/// <param name="OccupancyFit">Of what it holds to Poisson.</param>
/// <param name="DelayFit">Of delays to the exponential distribution.</param>
/// <param name="InterchangeFit">Of who leaves next to anyone inside.</param>
/// <param name="Hash">Of the run.</param>
public sealed record SingleMixResult(
    double Occupancy, Summary Entropy, Summary Excess, double OccupancyFit, double DelayFit, double InterchangeFit, string Hash);
