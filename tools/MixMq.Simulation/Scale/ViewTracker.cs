using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Scale;

/// <summary>
/// Which nodes have the record of every node as its origin has it now. Each node that hasn't is remembered with one record it lacks, so that a
/// look at all nodes costs little more than one comparison each; one that is looked for is sought among the origins that changed last.
/// </summary>
public sealed class ViewTracker
{
    private readonly List<SimNode> _nodes = [];
    private readonly List<RecordHash?> _truth = [];
    private readonly List<bool> _isCurrent = [];
    private readonly List<int> _witness = [];
    private readonly List<int> _changed = [];
    private int[] _latestFirst = [];

    public int Count => _nodes.Count;

    /// <summary>Nodes that had everything when last looked at.</summary>
    public int Current { get; private set; }

    public bool IsEqual => Current == _nodes.Count;

    public double Share => Current / (double)_nodes.Count;

    public void Add(SimNode node)
    {
        _nodes.Add(node);
        _truth.Add(null);
        _isCurrent.Add(false);
        _witness.Add(0);
        _latestFirst = [_nodes.Count - 1, .. _latestFirst];
    }

    public bool Has(SimNode node) => _isCurrent[_nodes.IndexOf(node)];

    /// <summary>Looks again.</summary>
    /// <returns>Whether all have everything.</returns>
    public bool Look()
    {
        _changed.Clear();
        for (var i = 0; i < _nodes.Count; i++)
        {
            // A process just started has no record of its own yet; the others have that of the one before.
            if (_nodes[i].IsRunning && _nodes[i].Core.FindRecord(_nodes[i].Address)?.Hash is { } hash && hash != _truth[i])
            {
                _truth[i] = hash;
                _changed.Add(i);
            }
        }

        if (_changed.Count > 0)
        {
            var isNew = new bool[_nodes.Count];
            _changed.ForEach(origin => isNew[origin] = true);
            _latestFirst = [.. _changed, .. _latestFirst.Where(origin => !isNew[origin])];
        }

        Current = 0;
        for (var i = 0; i < _nodes.Count; i++)
        {
            _isCurrent[i] = _nodes[i].IsRunning && (_isCurrent[i] ? HasChanged(i) : HasAll(i));
            Current += _isCurrent[i] ? 1 : 0;
        }

        return IsEqual;
    }

    /// <summary>
    /// Looks for a difference: the first node has the record of every node, and all others have as many records and the first one's digest, which is
    /// over all that a database shows.
    /// </summary>
    /// <returns>What isn't equal; null: nothing.</returns>
    public string? FindDifference()
    {
        if (!Look())
        {
            var late = _isCurrent.IndexOf(false);
            return $"{_nodes[late].Name} hasn't the record of {_nodes[_witness[late]].Name}.";
        }

        if (!HasAll(0))
        {
            return $"{_nodes[0].Name} hasn't the record of {_nodes[_witness[0]].Name}.";
        }

        var digest = _nodes[0].Snapshot().TopologyDigest;
        foreach (var node in _nodes)
        {
            var snapshot = node.Snapshot();
            if (snapshot.TopologyRecords != _nodes.Count || !snapshot.TopologyDigest.AsSpan().SequenceEqual(digest.AsSpan()))
            {
                return $"{node.Name} has {snapshot.TopologyRecords} records, or its digest differs.";
            }
        }

        return null;
    }

    /// <summary>Compares each record of each node, which takes the square of their number, so that nothing rests on the digests alone.</summary>
    /// <returns>What isn't equal; null: nothing.</returns>
    public string? FindRecordDifference()
    {
        _ = Look();
        for (var i = 0; i < _nodes.Count; i++)
        {
            if (!_nodes[i].IsRunning || !HasAll(i))
            {
                return $"{_nodes[i].Name} hasn't the record of {_nodes[_witness[i]].Name}.";
            }
        }

        return null;
    }

    // Between two looks the process may have been replaced by a new one, which has nothing.
    private bool HasChanged(int node)
    {
        foreach (var origin in _changed)
        {
            if (!Holds(node, origin))
            {
                return false;
            }
        }

        return Holds(node, _witness[node]) || HasAll(node);
    }

    private bool HasAll(int node)
    {
        if (!Holds(node, _witness[node]))
        {
            return false;
        }

        foreach (var origin in _latestFirst)
        {
            if (!Holds(node, origin))
            {
                return false;
            }
        }

        return true;
    }

    private bool Holds(int node, int origin)
    {
        if (_truth[origin] is { } hash && _nodes[node].Core.FindRecord(_nodes[origin].Address)?.Hash == hash)
        {
            return true;
        }

        _witness[node] = origin;
        return false;
    }
}
