using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>
/// Which links must go because who is at the other end doesn't belong to the network: at once who was revoked, and after a probation, in which
/// it can show its record, who has no certificate that counts.
/// </summary>
internal sealed class AdmissionWatch(NetworkGovernance governance, TopologyDatabase database)
{
    // Since when each neighbour has been without an admitted record; Never: it has one.
    private readonly Dictionary<NodeAddress, long> _since = new(AddressComparer.Instance);
    private readonly List<NodeAddress> _ended = [];
    private bool _isWoken;

    /// <summary>When <see cref="Check"/> is to be called, in microseconds.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    public void AddNeighbour(NodeAddress address, Moment now)
    {
        if (governance.IsGoverned && _since.TryAdd(address, now.Micros))
        {
            NextDeadline = now.Micros;
        }
    }

    public void RemoveNeighbour(NodeAddress address) => _since.Remove(address);

    /// <summary>A neighbour's own record is without a certificate that counts: there is nothing more to wait for.</summary>
    public void Showed(NodeAddress address, Moment now)
    {
        if (_since.TryGetValue(address, out var since))
        {
            var earlier = now.Micros - AdmissionLimits.ProbationMicros + AdmissionLimits.ShortProbationMicros;
            _since[address] = since == Moment.Never ? earlier : Math.Min(since, earlier);
        }
    }

    /// <summary>Another statement holds: look at once.</summary>
    public void Wake(Moment now)
    {
        _isWoken = true;
        NextDeadline = Math.Min(NextDeadline, now.Micros);
    }

    public void Check<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (NextDeadline > now.Micros)
        {
            return;
        }

        NextDeadline = governance.RequiresAdmission && _since.Count > 0 ? now.Micros + AdmissionLimits.CheckMicros : Moment.Never;
        if (!governance.RequiresAdmission)
        {
            return;
        }

        _ended.Clear();
        foreach (var (address, since) in _since)
        {
            if (governance.IsExcluded(address, now.UnixMillis))
            {
                _ended.Add(address);
            }
            else if (database.Find(address) is not null)
            {
                _since[address] = Moment.Never; // Setting while enumerating is allowed for Dictionary.
            }
            else if (since == Moment.Never)
            {
                _since[address] = now.Micros;
            }
            else if (now.Micros - since >= AdmissionLimits.ProbationMicros)
            {
                _ended.Add(address);
            }
        }

        if (_isWoken)
        {
            // Also with whom a link is up of which the topology isn't told, since it is damped: it carries packets none the less.
            _isWoken = false;
            _ended.AddRange(governance.ExcludedAt(now.UnixMillis).Except(_ended).ToArray());
        }

        // In an order that doesn't depend on the table's random hash codes.
        _ended.Sort();
        foreach (var address in _ended)
        {
            _ = _since.Remove(address);
            sink.AdmissionEnded(address);
        }
    }
}
