using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// What a node holds of the map, entries and successor statements alike: of each thing that is stated about the statement with the greatest number, and beside it another of
/// the same number where the authorities contradict themselves. Statements come here after their signatures were verified; whether their signers count is asked of the
/// governance, and of entries anew when other parameters hold.
/// </summary>
internal sealed class NetworkMap(TopologyOptions options, NetworkGovernance governance)
{
    private readonly Dictionary<object, Held> _subjects = [];
    private readonly Dictionary<RecordHash, MapStatement> _statements = [];
    private readonly EndedStatements _ended = new();
    private int _successions;
    private RecordHash[]? _ordered;
    private RecordHash? _digest;

    /// <summary>Statements held, contradictions included.</summary>
    public int Count => _statements.Count;

    /// <summary>Successor statements among them, of different addresses.</summary>
    public int SuccessionCount => _successions;

    /// <summary>When the first of them ends, by the wall clock.</summary>
    public long NextExpiryUnixMillis { get; private set; } = long.MaxValue;

    /// <summary>SHA-256 over the names of all statements, ascending: equal at two nodes that hold the same.</summary>
    public RecordHash Digest => _digest ??= DigestOf(Ordered);

    /// <summary>All statements, in the order of their names' hashes.</summary>
    public IEnumerable<MapStatement> Statements => Ordered.Select(hash => _statements[hash]);

    /// <summary>What is to be stored: beside what is held the last of each name that has ended, below which none is to come back.</summary>
    public IEnumerable<MapStatement> Stored => Statements.Concat(_subjects.Values.Select(static held => held.Former).OfType<MapStatement>()).Concat(_ended.All);

    private RecordHash[] Ordered => _ordered ??= [.. _statements.Keys.Order(Comparer<RecordHash>.Create(static (one, other) => one.Compare(other)))];

    public RecordHash NameOf(MapStatement statement) => statement.NameIn(options.Network.Definition.Id);

    public bool Holds(RecordHash hash) => _statements.ContainsKey(hash);

    public MapStatement? Find(RecordHash hash) => _statements.GetValueOrDefault(hash);

    /// <summary>Takes what was stored, as far as it still counts.</summary>
    public void Start(Moment now)
    {
        foreach (var statement in options.Admission?.Stored.OfType<MapStatement>() ?? [])
        {
            if (statement.NotAfterUnixMillis <= now.UnixMillis)
            {
                _ended.Add(statement);
            }
        }

        // The greatest number last: a succession that hasn't begun leaves the one before it in use.
        foreach (var statement in (options.Admission?.Stored.OfType<MapStatement>() ?? []).OrderBy(static statement => statement.Number))
        {
            if (Judge(statement, now, isStored: true) == StatementVerdict.Wanted)
            {
                _ = Take(statement, now);
            }
        }
    }

    /// <summary>The names of statements after one, ascending.</summary>
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

    /// <summary>What is to be done with a statement.</summary>
    public StatementVerdict Judge(MapStatement statement, Moment now) => Judge(statement, now, isStored: false);

    /// <summary>Takes a statement whose signatures hold and that was judged to be wanted.</summary>
    /// <returns>What is held now: of its signatures those that count, beside those that were held.</returns>
    public MapStatement Take(MapStatement statement, Moment now)
    {
        statement = governance.IsSignedByEnough(statement) ? statement.Merge(statement, governance.Authorities) : statement;
        if (_subjects.TryGetValue(statement.Subject, out var held) && held.All.FirstOrDefault(statement.SaysWhat) is { } twin)
        {
            statement = statement.Merge(twin, governance.Authorities);
            _ = _statements.Remove(NameOf(twin));
            held.Replace(twin, statement);
        }
        else if (held is not null && statement.Number == held.Statement.Number)
        {
            held.Contradiction = statement;
        }
        else
        {
            if (held is not null)
            {
                Forget(held);
            }

            _subjects[statement.Subject] = new Held(statement) { Former = statement is Succession ? held?.InUse(now.UnixMillis) : null };
            _successions += statement is Succession ? 1 : 0;
        }

        _ended.Remove(statement.Subject);
        _statements.Add(NameOf(statement), statement);
        Changed();
        return statement;
    }

    /// <summary>Forgets what has ended, and, when other parameters hold, what isn't signed by enough of the authorities any more.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Sweep(Moment now, bool judges)
    {
        if (!judges && NextExpiryUnixMillis > now.UnixMillis)
        {
            return false;
        }

        var gone = _subjects.Values.Where(held => !held.All.All(statement => Counts(statement, now))).ToList();
        foreach (var held in gone)
        {
            // What is left of a contradiction counts.
            var left = held.All.Where(statement => Counts(statement, now)).ToList();
            Forget(held);
            if (left.Count > 0)
            {
                _ = Take(left[0], now);
            }
            else if (held.All.FirstOrDefault(statement => statement.NotAfterUnixMillis <= now.UnixMillis) is { } ended)
            {
                _ended.Add(ended);
            }
        }

        Changed();
        return gone.Count > 0;
    }

    /// <summary>When what is made of the map changes though nothing is taken, by the wall clock: a succession begins, or a revocation ends.</summary>
    public long NextChange(Moment now) => _subjects.Values
        .SelectMany(static held => held.Statement is Succession ? held.All : [])
        .Select(static statement => ((Succession)statement).NotBeforeUnixMillis)
        .Where(begin => begin > now.UnixMillis)
        .Append(governance.NextRevocationEnd(now.UnixMillis))
        .Min();

    /// <summary>The map as it is now.</summary>
    public NetworkMapView View(Moment now)
    {
        if (!governance.IsGoverned)
        {
            return NetworkMapView.None;
        }

        var (successions, listed) = SuccessionsAt(now);
        var entries = _subjects.Values.Where(static held => held.Statement is MapEntry).ToList();
        return new NetworkMapView(
            isGoverned: true,
            entries.Select(static held => (MapEntry)held.Statement),
            entries.Where(static held => held.Contradiction is not null).Select(static held => ((MapEntry)held.Statement).Name),
            entries.SelectMany(static held => ((MapEntry)held.Statement).Addresses).Where(address => governance.IsExcluded(successions.Last(address), now.UnixMillis)),
            successions,
            listed);
    }

    /// <summary>The statement by which another address stands for one now; null: none does.</summary>
    public Succession? SuccessionOf(NodeAddress address, Moment now) => _subjects.ContainsKey(address)
        ? SuccessionsAt(now).Listed.FirstOrDefault(listed => listed.Use == SuccessionUse.InUse && listed.Statement.Old == address)?.Statement
        : null;

    private StatementVerdict Judge(MapStatement statement, Moment now, bool isStored)
    {
        if (!governance.IsGoverned)
        {
            return StatementVerdict.Wrong;
        }

        if (statement.NotAfterUnixMillis <= now.UnixMillis || statement.Number < _ended.NumberOf(statement.Subject))
        {
            return StatementVerdict.Known;
        }

        if (_subjects.TryGetValue(statement.Subject, out var held))
        {
            if (held.All.FirstOrDefault(statement.SaysWhat) is { } twin)
            {
                return IsFuller(statement, twin) ? StatementVerdict.Wanted : StatementVerdict.Known;
            }

            var order = statement.Number.CompareTo(held.Statement.Number);
            if (order < 0 || Holds(NameOf(statement)) || (order == 0 && held.Contradiction is not null))
            {
                return StatementVerdict.Known;
            }
        }

        return ((isStored && statement.OutlivesItsAuthorities) || governance.IsSignedByEnough(statement)) && (held is not null || HasRoom(statement))
            ? StatementVerdict.Wanted
            : StatementVerdict.Untrusted;
    }

    // Signatures of authorities that count are added to what is held, whoever brings them; so there is an end to it, and all come to hold the same. One for which there is no
    // room among them is nothing new.
    private bool IsFuller(MapStatement statement, MapStatement twin)
    {
        var held = twin.Signers;
        if (statement.Signers.All(held.Contains))
        {
            return false;
        }

        var merged = statement.Merge(twin, governance.Authorities);
        return merged.Signers.Any(signer => !held.Contains(signer)) && governance.IsSignedByEnough(merged);
    }

    private bool HasRoom(MapStatement statement) =>
        statement is Succession ? _successions < MapLimits.MaxSuccessions : _subjects.Count - _successions < MapLimits.MaxNames;

    private bool Counts(MapStatement statement, Moment now) =>
        statement.NotAfterUnixMillis > now.UnixMillis && (statement.OutlivesItsAuthorities || governance.IsSignedByEnough(statement));

    private (Successions Successions, List<ListedSuccession> Listed) SuccessionsAt(Moment now)
    {
        var listed = new List<ListedSuccession>();
        if (_successions == 0)
        {
            return (Successions.None, listed);
        }

        var usable = new List<Succession>();
        foreach (var held in _subjects.Values.Where(static held => held.Statement is Succession))
        {
            var statement = (Succession)held.Statement;
            if (held.Contradiction is Succession other)
            {
                listed.AddRange([new(statement, SuccessionUse.Contradicted), new(other, SuccessionUse.Contradicted)]);
            }
            else if (statement.NotBeforeUnixMillis > now.UnixMillis)
            {
                listed.Add(new(statement, SuccessionUse.NotYet));
            }

            if (held.InUse(now.UnixMillis) is { } used)
            {
                usable.Add(used);
            }
        }

        var unused = listed.Count;
        var successions = Successions.Of(usable, listed);
        var refused = listed.Skip(unused).Select(static item => item.Statement).ToHashSet();
        listed.AddRange(usable.Where(statement => !refused.Contains(statement)).Select(static statement => new ListedSuccession(statement, SuccessionUse.InUse)));
        return (successions, listed);
    }

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
        _ = _subjects.Remove(held.Statement.Subject);
        _successions -= held.Statement is Succession ? 1 : 0;
        foreach (var statement in held.All)
        {
            _ = _statements.Remove(NameOf(statement));
        }
    }

    private void Changed()
    {
        _ordered = null;
        _digest = null;
        NextExpiryUnixMillis = _statements.Count == 0 ? long.MaxValue : _statements.Values.Min(static statement => statement.NotAfterUnixMillis);
    }

    private sealed class Held(MapStatement statement)
    {
        public MapStatement Statement { get; private set; } = statement;

        /// <summary>Another one of the same thing and number.</summary>
        public MapStatement? Contradiction { get; set; }

        /// <summary>The succession that is used until this one begins.</summary>
        public Succession? Former { get; init; }

        public IEnumerable<MapStatement> All => Contradiction is null ? [Statement] : [Statement, Contradiction];

        public void Replace(MapStatement former, MapStatement by) => (Statement, Contradiction) = ReferenceEquals(former, Statement) ? (by, Contradiction) : (Statement, by);

        /// <summary>The succession that is used at a time; null: none.</summary>
        public Succession? InUse(long unixMillis) => Statement is Succession own && own.NotBeforeUnixMillis <= unixMillis
            ? Contradiction is null ? own : null
            : Former;
    }
}
