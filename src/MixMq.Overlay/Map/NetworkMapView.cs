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
    public static readonly NetworkMapView None = new(isGoverned: false, [], [], []);

    private readonly bool _isGoverned;
    private readonly FrozenDictionary<LegalName, MapEntry> _byName;
    private readonly FrozenSet<LegalName> _contradicted;
    private readonly FrozenSet<NodeAddress> _revoked;
    private readonly FrozenDictionary<NodeAddress, LegalName> _byAddress;
    private ILookup<string, LegalName>? _bySkeleton;

    internal NetworkMapView(bool isGoverned, IEnumerable<MapEntry> entries, IEnumerable<LegalName> contradicted, IEnumerable<NodeAddress> revoked)
    {
        _isGoverned = isGoverned;
        Entries = [.. entries.OrderBy(static entry => entry.Name, Comparer<LegalName>.Create(static (one, other) => one.Compare(other)))];
        _byName = Entries.ToFrozenDictionary(static entry => entry.Name);
        _contradicted = contradicted.ToFrozenSet();
        _revoked = revoked.ToFrozenSet();
        var named = new Dictionary<NodeAddress, LegalName>();
        foreach (var entry in Entries.Where(entry => !_contradicted.Contains(entry.Name)))
        {
            foreach (var address in entry.Addresses.Where(address => !_revoked.Contains(address)))
            {
                named.TryAdd(address, entry.Name);
            }
        }

        _byAddress = named.ToFrozenDictionary();
    }

    /// <summary>The entry of each name, by name; also those that only take a name out of the map, and those that are contradicted.</summary>
    public ImmutableArray<MapEntry> Entries { get; }

    /// <summary>All addresses in it, but for those of contradicted entries and those that are revoked.</summary>
    public IEnumerable<NodeAddress> Addresses => _byAddress.Keys;

    /// <summary>Whether the authorities have signed another entry of this one's name and number.</summary>
    /// <param name="name">Of an entry.</param>
    /// <returns>Whether neither is used.</returns>
    public bool IsContradicted(LegalName name) => _contradicted.Contains(name);

    /// <summary>Whether an address in the map was revoked.</summary>
    /// <param name="address">Of an entry.</param>
    /// <returns>Whether it is out of use.</returns>
    public bool IsRevoked(NodeAddress address) => _revoked.Contains(address);

    /// <summary>The entry of a name.</summary>
    /// <param name="name">Any.</param>
    /// <returns>The entry, whether it is of use or not; null: there is none.</returns>
    public MapEntry? EntryOf(LegalName name) => _byName.GetValueOrDefault(name);

    /// <summary>The legal name of an address; of several the first.</summary>
    /// <param name="address">Any.</param>
    /// <returns>The name, or null.</returns>
    public LegalName? NameOf(NodeAddress address) => _byAddress.GetValueOrDefault(address);

    /// <summary>Other names of the map that are easily taken for one.</summary>
    /// <param name="name">Any.</param>
    /// <returns>Without the name itself.</returns>
    public IEnumerable<LegalName> LookAlikesOf(LegalName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _bySkeleton ??= Entries.ToLookup(static entry => entry.Name.Skeleton(), static entry => entry.Name, StringComparer.Ordinal);
        return _bySkeleton[name.Skeleton()].Where(other => !other.Equals(name));
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

        if (!_byName.TryGetValue(name, out var entry) || entry.Addresses.IsEmpty)
        {
            var others = LookAlikesOf(name).Concat(Entries.Select(static other => other.Name).Where(other => !other.Equals(name) && other.Contains(name)));
            return new MapLookup(MapLookupOutcome.Unknown, [], [.. others.Distinct().Take(MostOthers)]);
        }

        ImmutableArray<NodeAddress> usable = [.. entry.Addresses.Where(address => !IsRevoked(address))];
        var outcome = IsContradicted(name) ? MapLookupOutcome.Contradicted : usable.Length switch
        {
            0 => MapLookupOutcome.Revoked,
            1 => MapLookupOutcome.Found,
            _ => MapLookupOutcome.SeveralAddresses,
        };
        return new MapLookup(outcome, outcome == MapLookupOutcome.Contradicted ? [] : usable, []);
    }
}
