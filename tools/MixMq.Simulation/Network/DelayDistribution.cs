using System.Runtime.InteropServices;

namespace MixMq.Simulation.Network;

/// <summary>How long something takes, in microseconds: a least time, and on top of it nothing, a uniform, an exponential or a long-tailed time.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DelayDistribution
{
    private readonly Shape _shape;
    private readonly long _least;
    private readonly double _spread;
    private readonly double _exponent;
    private readonly long _most;

    private DelayDistribution(Shape shape, long least, double spread, double exponent, long most)
    {
        _shape = shape;
        _least = least;
        _spread = spread;
        _exponent = exponent;
        _most = most;
    }

    private enum Shape
    {
        Constant,
        Uniform,
        Exponential,
        LongTail,
    }

    /// <summary>What it is at least.</summary>
    public long LeastMicros => _least;

    public static DelayDistribution Constant(long micros) => new(Shape.Constant, micros, 0, 0, micros);

    public static DelayDistribution Uniform(long least, long most) => new(Shape.Uniform, least, most - least, 0, most);

    /// <summary>A least time and an exponential one of a mean.</summary>
    public static DelayDistribution Exponential(long least, double mean) => new(Shape.Exponential, least, mean, 0, long.MaxValue);

    /// <summary>Pareto: the share that is longer than x falls as (least / x)^exponent; cut at the most.</summary>
    public static DelayDistribution LongTail(long least, double exponent, long most) => new(Shape.LongTail, least, 0, exponent, most);

    public static DelayDistribution Milliseconds(double least, double most) => Uniform((long)(least * 1000), (long)(most * 1000));

    public long Sample(SimRandom random) => _shape switch
    {
        Shape.Constant => _least,
        Shape.Uniform => _least + (long)(random.Double() * _spread),
        Shape.Exponential => _least - (long)(_spread * Math.Log(1.0 - random.Double())),
        _ => (long)Math.Min(_most, _least * Math.Pow(1.0 - random.Double(), -1.0 / _exponent)),
    };
}
