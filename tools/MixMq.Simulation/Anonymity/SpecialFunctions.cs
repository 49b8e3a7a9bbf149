namespace MixMq.Simulation.Anonymity;

/// <summary>
/// Functions behind the closed forms and the tests of fit. Sources: Abramowitz and Stegun, 6.1.41 (ln Γ), 6.3.18 (ψ), 6.5.29 and 6.5.31
/// (incomplete gamma); Kolmogorov 1933 with Stephens's correction for finite samples (1970).
/// </summary>
public static class SpecialFunctions
{
    private const int MostTerms = 100_000;
    private const double Smallest = 1e-300;

    public static double LogGamma(double x)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(x);
        var shift = 0.0;
        for (; x < 10; x++)
        {
            shift -= Math.Log(x);
        }

        var square = 1 / (x * x);
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI))
            + ((1.0 / 12 - (square * (1.0 / 360 - (square * (1.0 / 1260 - (square / 1680)))))) / x);
    }

    public static double Digamma(double x)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(x);
        var shift = 0.0;
        for (; x < 10; x++)
        {
            shift -= 1 / x;
        }

        var square = 1 / (x * x);
        return shift + Math.Log(x) - (0.5 / x) - (square * (1.0 / 12 - (square * (1.0 / 120 - (square / 252)))));
    }

    /// <summary>P(a, x): the probability that a gamma variable of shape a and scale 1 is at most x.</summary>
    public static double GammaBelow(double a, double x)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(a);
        if (x <= 0)
        {
            return 0;
        }

        var front = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        return x < a + 1 ? front * Series(a, x) : 1 - (front * Fraction(a, x));
    }

    /// <summary>P(K > t) of the Kolmogorov distribution.</summary>
    public static double KolmogorovAbove(double t)
    {
        if (t < 0.2)
        {
            return 1;
        }

        var sum = 0.0;
        for (var k = 1; k <= 100; k++)
        {
            var term = Math.Exp(-2.0 * k * k * t * t);
            sum += k % 2 == 1 ? term : -term;
            if (term < 1e-18)
            {
                break;
            }
        }

        return Math.Clamp(2 * sum, 0, 1);
    }

    private static double Series(double a, double x)
    {
        var term = 1 / a;
        var sum = term;
        for (var n = 1; n < MostTerms && term > sum * 1e-16; n++)
        {
            term *= x / (a + n);
            sum += term;
        }

        return sum;
    }

    // Lentz's method.
    private static double Fraction(double a, double x)
    {
        var b = x + 1 - a;
        var c = 1 / Smallest;
        var d = 1 / b;
        var result = d;
        for (var i = 1; i < MostTerms; i++)
        {
            var numerator = -i * (i - a);
            b += 2;
            d = 1 / NotZero((numerator * d) + b);
            c = NotZero(b + (numerator / c));
            var factor = d * c;
            result *= factor;
            if (Math.Abs(factor - 1) < 1e-15)
            {
                break;
            }
        }

        return result;
    }

    private static double NotZero(double value) => Math.Abs(value) < Smallest ? Smallest : value;
}
