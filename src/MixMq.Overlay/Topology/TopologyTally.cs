namespace MixMq.Overlay.Topology;

/// <summary>Counts by <see cref="TopologyCounter"/>.</summary>
internal sealed class TopologyTally
{
    private readonly long[] _counts = new long[(int)TopologyCounter.StatementsRefused + 1];

    public long this[TopologyCounter counter] => _counts[(int)counter];

    public void Add(TopologyCounter counter) => _counts[(int)counter]++;
}
