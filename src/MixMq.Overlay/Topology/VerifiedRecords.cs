namespace MixMq.Overlay.Topology;

/// <summary>Remembers which bytes have been verified, the latest so many of them.</summary>
internal sealed class VerifiedRecords(int limit)
{
    private readonly HashSet<RecordHash> _hashes = [];
    private readonly Queue<RecordHash> _order = new();

    public bool Contains(RecordHash exactHash) => _hashes.Contains(exactHash);

    public void Add(RecordHash exactHash)
    {
        if (!_hashes.Add(exactHash))
        {
            return;
        }

        _order.Enqueue(exactHash);
        if (_order.Count > limit)
        {
            _ = _hashes.Remove(_order.Dequeue());
        }
    }
}
