namespace MixMq.Overlay.Topology;

/// <summary>
/// Remembers which bytes have been verified but not taken, the latest so many of them: whoever offers them again doesn't cost another
/// verification.
/// </summary>
internal sealed class VerifiedRecords(int limit)
{
    private readonly HashSet<RecordHash> _hashes = [];
    private readonly Queue<RecordHash> _order = new();

    public bool Contains(LinkStateRecord record) => _hashes.Count > 0 && _hashes.Contains(record.ComputeExactHash());

    public void Add(LinkStateRecord record)
    {
        var hash = record.ComputeExactHash();
        if (!_hashes.Add(hash))
        {
            return;
        }

        _order.Enqueue(hash);
        if (_order.Count > limit)
        {
            _ = _hashes.Remove(_order.Dequeue());
        }
    }
}
