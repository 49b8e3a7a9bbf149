namespace MixMq.Simulation.Observation;

/// <summary>How often each seldom path was taken in a run, or in several.</summary>
public sealed class Marks
{
    private readonly long[] _counts = new long[Enum.GetValues<Mark>().Length];

    public long this[Mark mark] => _counts[(int)mark];

    public void Hit(Mark mark) => _counts[(int)mark]++;

    public void Add(Marks other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>The marks that were never hit, in the order of their declaration.</summary>
    public IReadOnlyList<Mark> Missed => [.. Enum.GetValues<Mark>().Where(mark => this[mark] == 0)];
}
