using System.Diagnostics.CodeAnalysis;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Map;

/// <summary>What a neighbour has named and is to be asked for, each once, in order, at most <see cref="MapLimits.MaxWanted"/>.</summary>
internal sealed class WantedEntries
{
    private readonly Queue<RecordHash> _inOrder = new();
    private readonly HashSet<RecordHash> _all = [];

    public int Count => _inOrder.Count;

    /// <summary>False: there is no room for it.</summary>
    public bool TryAdd(RecordHash hash)
    {
        if (_all.Contains(hash))
        {
            return true;
        }

        if (_inOrder.Count >= MapLimits.MaxWanted)
        {
            return false;
        }

        _inOrder.Enqueue(hash);
        return _all.Add(hash);
    }

    public bool TryTake([MaybeNullWhen(false)] out RecordHash hash) => _inOrder.TryDequeue(out hash) && _all.Remove(hash);
}
