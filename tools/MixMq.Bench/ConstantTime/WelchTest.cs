namespace MixMq.Bench.ConstantTime;

/// <summary>
/// Welch's t-test between two classes of measurements, fed one at a time. Means and variances by Welford's method, so that millions of them lose no
/// digits.
/// </summary>
internal sealed class WelchTest
{
    private readonly double[] _count = new double[2];
    private readonly double[] _mean = new double[2];
    private readonly double[] _squares = new double[2];

    /// <summary>Measurements of both classes.</summary>
    public long Count => (long)(_count[0] + _count[1]);

    /// <summary>Mean of the first class less mean of the second.</summary>
    public double Difference => _mean[0] - _mean[1];

    /// <summary>The statistic; 0 where there is too little to compare. Without a difference it is beyond 4.5 once in 150,000 times.</summary>
    public double T
    {
        get
        {
            if (_count[0] < 2 || _count[1] < 2)
            {
                return 0;
            }

            var error = Math.Sqrt((_squares[0] / (_count[0] - 1) / _count[0]) + (_squares[1] / (_count[1] - 1) / _count[1]));
            return error > 0 ? Difference / error : 0;
        }
    }

    /// <summary>Takes a measurement in.</summary>
    /// <param name="class">0 or 1.</param>
    /// <param name="value">What was measured.</param>
    public void Add(int @class, double value)
    {
        _count[@class]++;
        var delta = value - _mean[@class];
        _mean[@class] += delta / _count[@class];
        _squares[@class] += delta * (value - _mean[@class]);
    }
}
