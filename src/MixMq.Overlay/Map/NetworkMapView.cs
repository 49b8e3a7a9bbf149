using System.Collections.Frozen;
using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// The map as a node holds it at a moment: all of it, so that whom somebody looks for is nobody's knowledge but his own. Immutable, and safe
/// to be read from any thread.
/// </summary>
public sealed class NetworkMapView
{
    /// <summary>The most names that a look-up in vain proposes.</summary>
    public const int MostOthers = 5;

    /// <summary>That of a node that was told of no authorities.</summary>
    public static readonly NetworkMapView None = new(isGoverned: false, [], [], [], Successions.None, []);

    private readonly bool _isGoverned;
    private readonly Lazy<Index> _index;

    internal NetworkMapView(
        bool isGoverned,
        IEnumerable<MapEntry> entries,
        IEnumerable<LegalName> contradicted,
        IEnumerable<NodeAddress> revoked,
        Successions successions,
        IEnumerable<ListedSuccession> listed)
    {
        Successions = successions;
        ListedSuccessions = [.. listed.OrderBy(static item => item.Statement.Old).ThenBy(static item => item.Statement.New)];
        _isGoverned = isGoverned;
        MapEntry[] held = [.. entries];
        LegalName[] twice = [.. contradicted];
        NodeAddress[] ended = [.. revoked];

        // Copied now, on the thread that owns the map; put in order by whoever asks first.
        _index = new(() => new Index(held, twice, ended, successions));
    }

    /// <summary>The entry of each name, by name; also those that only take a name out of the map, and those that are contradicted.</summary>
    public ImmutableArray<MapEntry> Entries => _index.Value.Entries;

    /// <summary>Which addresses have successors.</summary>
    public Successions Successions { get; }

    /// <summary>All successor statements that are held, by old address: also those that aren't used, and why.</summary>
    public ImmutableArray<ListedSuccession> ListedSuccessions { get; }

    /// <summary>All addresses in it, but for those of contradicted entries and those that are revoked; of one with predecessors the first.</summary>
    public IEnumerable<NodeAddress> Addresses => _index.Value.ByAddress.Keys;

    /// <summary>Whether the authorities have signed another entry of this one's name and number.</summary>
    /// <param name="name">Of an entry.</param>
    /// <returns>Whether neither is used.</returns>
    public bool IsContradicted(LegalName name) => _index.Value.Contradicted.Contains(name);

    /// <summary>Whether an address in the map was revoked, or, if it has one, its last successor.</summary>
    /// <param name="address">Of an entry.</param>
    /// <returns>Whether it is out of use.</returns>
    public bool IsRevoked(NodeAddress address) => _index.Value.Revoked.Contains(address);

    /// <summary>The entry of a name.</summary>
    /// <param name="name">Any.</param>
    /// <returns>The entry, whether it is of use or not; null: there is none.</returns>
    public MapEntry? EntryOf(LegalName name) => _index.Value.ByName.GetValueOrDefault(name);

    /// <summary>The legal name of an address; of several the first.</summary>
    /// <param name="address">Any; one with predecessors or a successor has their name.</param>
    /// <returns>The name, or null.</returns>
    public LegalName? NameOf(NodeAddress address) => _index.Value.ByAddress.GetValueOrDefault(Successions.First(address));

    /// <summary>Other names of the map that are easily taken for one.</summary>
    /// <param name="name">Any.</param>
    /// <returns>Without the name itself.</returns>
    public IEnumerable<LegalName> LookAlikesOf(LegalName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _index.Value.BySkeleton[name.Skeleton()].Where(other => !other.Equals(name));
    }

    /// <summary>Finds the address that a legal name stands for.</summary>
    /// <param name="name">The whole name: a part of one finds nothing, for tomorrow it could be a part of another.</param>
    /// <returns>What there is.</returns>
    public MapLookup Find(LegalName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_isGoverned)
        {
            return new MapLookup(MapLookupOutcome.NoMap, [], []);
        }

        if (EntryOf(name) is not { } entry || entry.Addresses.IsEmpty)
        {
            var others = LookAlikesOf(name).Concat(Entries.Select(static other => other.Name).Where(other => !other.Equals(name) && other.Contains(name)));
            return new MapLookup(MapLookupOutcome.Unknown, [], [.. others.Distinct().Take(MostOthers)]);
        }

        ImmutableArray<NodeAddress> usable = [.. entry.Addresses.Where(address => !IsRevoked(address)).Select(Successions.First).Distinct()];
        var outcome = IsContradicted(name) ? MapLookupOutcome.Contradicted : usable.Length switch
        {
            0 => MapLookupOutcome.Revoked,
            1 => MapLookupOutcome.Found,
            _ => MapLookupOutcome.SeveralAddresses,
        };
        return new MapLookup(outcome, outcome == MapLookupOutcome.Contradicted ? [] : usable, []);
    }

    /// <summary>Puts in order now what would be at the first question.</summary>
    public void Prepare() => _ = _index.Value;

    private sealed class Index
    {
        private readonly Lazy<ILookup<string, LegalName>> _bySkeleton;

        public Index(MapEntry[] entries, LegalName[] contradicted, NodeAddress[] revoked, Successions successions)
        {
            Entries = [.. entries.OrderBy(static entry => entry.Name, Comparer<LegalName>.Create(static (one, other) => one.Compare(other)))];
            ByName = Entries.ToFrozenDictionary(static entry => entry.Name);
            Contradicted = contradicted.ToFrozenSet();
            Revoked = revoked.ToFrozenSet();
            var named = new Dictionary<NodeAddress, LegalName>();
            foreach (var entry in Entries.Where(entry => !Contradicted.Contains(entry.Name)))
            {
                foreach (var address in entry.Addresses.Where(address => !Revoked.Contains(address)))
                {
                    named.TryAdd(successions.First(address), entry.Name);
                }
            }

            ByAddress = named.ToFrozenDictionary();
            _bySkeleton = new(() => Entries.ToLookup(static entry => entry.Name.Skeleton(), static entry => entry.Name, StringComparer.Ordinal));
        }

        public ImmutableArray<MapEntry> Entries { get; }

        public FrozenDictionary<LegalName, MapEntry> ByName { get; }

        public FrozenSet<LegalName> Contradicted { get; }

        public FrozenSet<NodeAddress> Revoked { get; }

        public FrozenDictionary<NodeAddress, LegalName> ByAddress { get; }

        public ILookup<string, LegalName> BySkeleton => _bySkeleton.Value;
    }
}
