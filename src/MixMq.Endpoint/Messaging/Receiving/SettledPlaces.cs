namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>Which sequences of a conversation are settled: all up to a watermark, and some above it.</summary>
internal sealed class SettledPlaces(ulong watermark)
{
    private readonly SortedSet<ulong> _above = [];

    public ulong Watermark { get; private set; } = watermark;

    /// <summary>The settled sequences above the watermark, ascending; fewer than the sequence window.</summary>
    public IReadOnlyCollection<ulong> Above => _above;

    /// <summary>The greatest settled sequence.</summary>
    public ulong Highest => _above.Count > 0 ? _above.Max : Watermark;

    public bool Contains(ulong sequence) => sequence <= Watermark || _above.Contains(sequence);

    public void Add(ulong sequence)
    {
        if (sequence > Watermark)
        {
            _above.Add(sequence);
            Close();
        }
    }

    /// <summary>Everything up to a sequence counts as settled.</summary>
    public void MoveTo(ulong watermark)
    {
        if (watermark > Watermark)
        {
            Watermark = watermark;
            while (_above.Count > 0 && _above.Min <= watermark)
            {
                _above.Remove(_above.Min);
            }

            Close();
        }
    }

    private void Close()
    {
        while (_above.Remove(Watermark + 1))
        {
            Watermark++;
        }
    }
}
