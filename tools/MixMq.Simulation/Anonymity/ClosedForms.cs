namespace MixMq.Simulation.Anonymity;

/// <summary>What theory says of mixes with exponential delays under Poisson traffic. Entropies in bits.</summary>
/// <remarks>
/// Danezis 2004, "The traffic analysis of continuous-time mixes" (single mix); Piotrowska and others 2017, "The Loopix anonymity system"
/// (Poisson mix). Occupancy and output of an M/M/∞ queue are Poisson (Mirasol 1963), so independent delays add up to Erlang.
/// </remarks>
public static class ClosedForms
{
    /// <summary>A single mix, λ/µ packets in it in the mean: log2(e·λ/µ), the limit for large λ/µ.</summary>
    public static double SingleMix(double occupancy) => Math.Log2(Math.E * occupancy);

    /// <summary>
    /// Differential entropy of Erlang(k, 1): (k + ln Γ(k) + (1 − k) ψ(k)) / ln 2. It is the c of the ceiling: a packet comes out at some
    /// moment; what went in x before, at rate Λ, weighs as the Erlang density at x. For many packets the sum over them is the integral
    /// −∫ f log2(f / Λ) = log2 Λ + h(f), and h(f) grows by log2 D when time is stretched by D.
    /// </summary>
    public static double ErlangEntropy(int mixes) =>
        (mixes + SpecialFunctions.LogGamma(mixes) + ((1 - mixes) * SpecialFunctions.Digamma(mixes))) / Math.Log(2);

    /// <summary>What no network of this delay can exceed: log2(Λ·D) + c, Λ and D in the same unit of time.</summary>
    public static double Ceiling(double allSendersRate, double meanDelay, int mixes) =>
        Math.Log2(allSendersRate * meanDelay) + ErlangEntropy(mixes);

    public static double ErlangBelow(int mixes, double meanDelay, double time) => SpecialFunctions.GammaBelow(mixes, time / meanDelay);

    /// <summary>Without the factor that doesn't depend on time; any positive delay.</summary>
    public static double ErlangWeight(int mixes, double meanDelay, double time) =>
        time <= 0 ? (mixes == 1 && time == 0 ? 1 : 0) : Math.Exp(((mixes - 1) * Math.Log(time / meanDelay)) - (time / meanDelay));

    /// <summary>
    /// Paths of L links between two nodes of a random d-regular graph of N nodes, were every one of the d·(d − 1)^(L−1) walks that don't
    /// turn back simple: log2 of their number divided by N.
    /// </summary>
    public static double Paths(int nodes, int degree, int links) =>
        Math.Log2(degree) + ((links - 1) * Math.Log2(degree - 1)) - Math.Log2(nodes);
}
