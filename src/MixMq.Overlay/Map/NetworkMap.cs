using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Map;

/// <summary>
/// The entries that a node holds: of each name the one with the greatest number, and beside it another of the same number where the authorities
/// contradict themselves. Entries come here after their signatures were verified; whether their signers count is asked of the governance, and
/// anew when other parameters hold.
/// </summary>
internal sealed class NetworkMap(TopologyOptions options, NetworkGovernance governance)
{
    private readonly Dictionary<LegalName, Held> _names = [];
    private readonly Dictionary<RecordHash, MapEntry> _entries = [];
    private RecordHash[]? _ordered;
    private RecordHash? _digest;

    /// <summary>Entries held, contradictions included.</summary>
    public int Count => _entries.Count;

    /// <summary>When the first of them ends, by the wall clock.</summary>
    public long NextExpiryUnixMillis { get; private set; } = long.MaxValue;

    /// <summary>SHA-256 over the names of all entries, ascending: equal at two nodes that hold the same.</summary>
    public RecordHash Digest => _digest ??= DigestOf(Ordered);

    /// <summary>All entries, in the order of their names' hashes.</summary>
    public IEnumerable<MapEntry> Entries => Ordered.Select(hash => _entries[hash]);

    private RecordHash[] Ordered => _ordered ??= [.. _entries.Keys.Order(Comparer<RecordHash>.Create(static (one, other) => one.Compare(other)))];

    public RecordHash NameOf(MapEntry entry) => entry.HashIn(options.Network.Definition.Id);

    public bool Holds(RecordHash hash) => _entries.ContainsKey(hash);

    public MapEntry? Find(RecordHash hash) => _entries.GetValueOrDefault(hash);

    /// <summary>Takes what was stored, as far as it still counts.</summary>
    public void Start(Moment now)
    {
        foreach (var entry in options.Admission?.Stored.OfType<MapEntry>() ?? [])
        {
            if (Judge(entry, now) == StatementVerdict.Wanted)
            {
                Take(entry);
            }
        }
    }

    /// <summary>The names of entries after one, ascending.</summary>
    public ReadOnlySpan<RecordHash> After(RecordHash after)
    {
        var ordered = Ordered;
        var (low, high) = (0, ordered.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = ordered[middle].Compare(after) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return ordered.AsSpan(low);
    }

    /// <summary>What is to be done with an entry.</summary>
    public StatementVerdict Judge(MapEntry entry, Moment now)
    {
        if (!governance.IsGoverned)
        {
            return StatementVerdict.Wrong;
        }

        if (entry.NotAfterUnixMillis <= now.UnixMillis)
        {
            return StatementVerdict.Known;
        }

        if (_names.TryGetValue(entry.Name, out var held))
        {
            var number = held.Entry.Number;
            if (entry.Number < number || Holds(NameOf(entry)) || (entry.Number == number && held.Contradiction is not null))
            {
                return StatementVerdict.Known;
            }
        }

        return governance.IsSignedByEnough(entry) && (held is not null || _names.Count < MapLimits.MaxNames) ? StatementVerdict.Wanted : StatementVerdict.Untrusted;
    }

    /// <summary>Takes an entry whose signatures hold and that was judged to be wanted.</summary>
    public void Take(MapEntry entry)
    {
        if (_names.TryGetValue(entry.Name, out var held) && held.Entry.Number == entry.Number)
        {
            held.Contradiction = entry;
        }
        else
        {
            if (held is not null)
            {
                Forget(held);
            }

            _names[entry.Name] = new Held(entry);
        }

        _entries.Add(NameOf(entry), entry);
        Changed();
    }

    /// <summary>Forgets what has ended, and, when other parameters hold, what isn't signed by enough of the authorities any more.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Sweep(Moment now, bool judges)
    {
        if (!judges && NextExpiryUnixMillis > now.UnixMillis)
        {
            return false;
        }

        var ended = _names.Values
            .Where(held => held.All.Any(entry => entry.NotAfterUnixMillis <= now.UnixMillis || !governance.IsSignedByEnough(entry)))
            .ToList();
        foreach (var held in ended)
        {
            // What is left of a contradiction counts.
            var left = held.All.Where(entry => entry.NotAfterUnixMillis > now.UnixMillis && governance.IsSignedByEnough(entry)).ToList();
            Forget(held);
            if (left.Count > 0)
            {
                Take(left[0]);
            }
        }

        Changed();
        return ended.Count > 0;
    }

    public NetworkMapView View(Moment now) => !governance.IsGoverned ? NetworkMapView.None : new NetworkMapView(
        isGoverned: true,
        _names.Values.Select(static held => held.Entry),
        _names.Values.Where(static held => held.Contradiction is not null).Select(static held => held.Entry.Name),
        _names.Values.SelectMany(static held => held.Entry.Addresses).Where(address => governance.IsExcluded(address, now.UnixMillis)));

    private static RecordHash DigestOf(RecordHash[] ordered)
    {
        var bytes = new byte[ordered.Length * RecordHash.Bytes];
        for (var i = 0; i < ordered.Length; i++)
        {
            ordered[i].CopyTo(bytes.AsSpan(i * RecordHash.Bytes));
        }

        return RecordHash.Of(bytes);
    }

    private void Forget(Held held)
    {
        _ = _names.Remove(held.Entry.Name);
        foreach (var entry in held.All)
        {
            _ = _entries.Remove(NameOf(entry));
        }
    }

    private void Changed()
    {
        _ordered = null;
        _digest = null;
        NextExpiryUnixMillis = _entries.Count == 0 ? long.MaxValue : _entries.Values.Min(static entry => entry.NotAfterUnixMillis);
    }

    private sealed class Held(MapEntry entry)
    {
        public MapEntry Entry => entry;

        /// <summary>Another one of the same name and number.</summary>
        public MapEntry? Contradiction { get; set; }

        public IEnumerable<MapEntry> All => Contradiction is null ? [entry] : [entry, Contradiction];
    }
}
