using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>One of two contradicting records, kept for a short time until the other comes. Few: a neighbour can make them up with keys of its own.</summary>
internal sealed class EvidenceHalves
{
    private const int Limit = 64;
    private const long HeldMillis = 30_000;
    private readonly Dictionary<NodeAddress, (LinkStateRecord Record, long UntilUnixMillis)> _halves = new(AddressComparer.Instance);

    public LinkStateRecord? Find(NodeAddress address) => _halves.TryGetValue(address, out var half) ? half.Record : null;

    public bool TryAdd(LinkStateRecord record, Moment now)
    {
        if (_halves.Count >= Limit && !_halves.ContainsKey(record.Address))
        {
            Sweep(now);
        }

        if (_halves.Count >= Limit && !_halves.ContainsKey(record.Address))
        {
            return false;
        }

        _halves[record.Address] = (record, now.UnixMillis + HeldMillis);
        return true;
    }

    public void Remove(NodeAddress address) => _halves.Remove(address);

    private void Sweep(Moment now)
    {
        foreach (var (address, half) in _halves)
        {
            if (half.UntilUnixMillis <= now.UnixMillis)
            {
                _ = _halves.Remove(address); // Removing while enumerating is allowed for Dictionary.
            }
        }
    }
}
