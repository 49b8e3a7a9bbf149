using System.Collections.Frozen;
using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// Which addresses are one endpoint's, one after the other. Correspondents know it by the first one for ever; packets go to the last one, whose
/// key signs. Immutable, and safe to be read from any thread.
/// </summary>
public sealed class Successions
{
    /// <summary>No address has a successor.</summary>
    public static readonly Successions None = new([]);

    private readonly FrozenDictionary<NodeAddress, Row> _rows;

    private Successions(Dictionary<NodeAddress, Row> rows) => _rows = rows.ToFrozenDictionary();

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>The first address of an endpoint.</summary>
    /// <param name="address">Any of its addresses.</param>
    /// <returns>The address itself where nothing is known of another.</returns>
    public NodeAddress First(NodeAddress address) => _rows.TryGetValue(address, out var row) ? row.Addresses[0] : address;

    /// <summary>The address of an endpoint now.</summary>
    /// <param name="address">Any of its addresses.</param>
    /// <returns>The address itself where nothing is known of another.</returns>
    public NodeAddress Last(NodeAddress address) => _rows.TryGetValue(address, out var row) ? row.Addresses[^1] : address;

    /// <summary>All addresses of an endpoint, the oldest first.</summary>
    /// <param name="address">Any of them.</param>
    /// <returns>At least the address itself.</returns>
    public ImmutableArray<NodeAddress> All(NodeAddress address) => _rows.TryGetValue(address, out var row) ? row.Addresses : [address];

    /// <summary>Whether an endpoint has come to its address by an emergency statement, anywhere in its row.</summary>
    /// <param name="address">Any of its addresses.</param>
    /// <returns>Whether authorities alone vouch for it.</returns>
    public bool IsByEmergency(NodeAddress address) => _rows.TryGetValue(address, out var row) && row.IsByEmergency;

    /// <summary>Puts statements together, the earliest first: one that contradicts what is there isn't used.</summary>
    /// <param name="statements">At most one for each old address. Whether they are to be believed isn't asked here.</param>
    /// <returns>What follows from them.</returns>
    public static Successions Of(params IEnumerable<Succession> statements) => Of(statements, []);

    /// <summary>Puts statements together, the earliest first: one that contradicts what is there isn't used.</summary>
    /// <param name="statements">One for each old address; what isn't to be used for other reasons is left out.</param>
    /// <param name="unused">Takes those that can't be used beside the others.</param>
    internal static Successions Of(IEnumerable<Succession> statements, List<ListedSuccession> unused)
    {
        var rows = new Dictionary<NodeAddress, Row>();
        foreach (var statement in statements.OrderBy(static statement => statement.NotBeforeUnixMillis).ThenBy(static statement => statement.Old))
        {
            var before = rows.GetValueOrDefault(statement.Old) ?? new Row([statement.Old], IsByEmergency: false);
            var after = rows.GetValueOrDefault(statement.New) ?? new Row([statement.New], IsByEmergency: false);
            var use = before.Addresses.Contains(statement.New) ? SuccessionUse.LeadsBack
                : after.Addresses[0] != statement.New ? SuccessionUse.Merges
                : before.Addresses.Length + after.Addresses.Length > MapLimits.MaxSuccessors + 1 ? SuccessionUse.TooMany
                : SuccessionUse.InUse;
            if (use != SuccessionUse.InUse)
            {
                unused.Add(new(statement, use));
                continue;
            }

            // Each old address has one statement, so that it is the last of its row until now.
            var row = new Row([.. before.Addresses, .. after.Addresses], before.IsByEmergency || after.IsByEmergency || statement.IsEmergency);
            foreach (var address in row.Addresses)
            {
                rows[address] = row;
            }
        }

        return rows.Count == 0 ? None : new(rows);
    }

    private sealed record Row(ImmutableArray<NodeAddress> Addresses, bool IsByEmergency);
}
