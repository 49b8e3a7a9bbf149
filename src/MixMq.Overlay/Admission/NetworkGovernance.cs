using System.Collections.Immutable;
using System.Globalization;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>
/// Which parameters hold, who is admitted, and what of the authorities' statements a node believes. Statements come here after their signatures
/// were verified; those that the operator installed or that were stored by this node are believed as they are.
/// </summary>
internal sealed class NetworkGovernance
{
    private readonly TopologyOptions _options;
    private HeldStatement<SignedParameters>? _current;
    private HeldStatement<SignedParameters>? _next;
    private HeldStatement<SignedParameters>? _contradiction;
    private HeldStatement<RevokedAddresses>? _list;
    private HeldStatement<RevokedAddresses>? _listContradiction;
    private string? _refused;

    public NetworkGovernance(TopologyOptions options)
    {
        _options = options;
        Certificate = options.Admission?.Certificate;
        if (options.Admission?.Parameters is { } parameters)
        {
            _current = Hold(parameters);
        }
    }

    /// <summary>Whether the network has authorities, as far as this node was told.</summary>
    public bool IsGoverned => _current is not null;

    /// <summary>The parameters in force.</summary>
    public NetworkParameters Network => _current?.Statement.Network ?? _options.Network;

    public bool RequiresAdmission => _current is { Statement.RequiresAdmission: true };

    /// <summary>The node's own.</summary>
    public AdmissionCertificate? Certificate { get; set; }

    /// <summary>When the next parameters come into force, by the wall clock.</summary>
    public long NextActivationUnixMillis => _next?.Statement.ActivationUnixMillis ?? long.MaxValue;

    /// <summary>All that is to be stored and told to neighbours: contradictions too, so that everybody sees them.</summary>
    public ImmutableArray<AuthorityStatement> State
    {
        get
        {
            var all = new AuthorityStatement?[] { _current?.Statement, _next?.Statement, _contradiction?.Statement, _list?.Statement, _listContradiction?.Statement };
            return [.. all.OfType<AuthorityStatement>()];
        }
    }

    /// <summary>Takes what was stored, once the time is known.</summary>
    public void Start(Moment now)
    {
        foreach (var statement in IsGoverned ? _options.Admission!.Stored : [])
        {
            if (Number(statement) is { } number && Wants(statement.Kind, number, NameOf(statement)) && !IsForeign(statement))
            {
                _ = Take(statement, now);
            }
        }

        _ = Advance(now);
    }

    /// <summary>Puts parameters in force whose time has come.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Advance(Moment now)
    {
        if (_next is null || _next.Statement.ActivationUnixMillis > now.UnixMillis)
        {
            return false;
        }

        (_current, _next) = (_next, null);
        return true;
    }

    /// <summary>Whether a statement of which only this is known may be news.</summary>
    public bool Wants(StatementKind kind, ulong number, RecordHash hash) => IsGoverned && kind switch
    {
        StatementKind.Parameters => WantsParameters(number, hash),
        StatementKind.Revocations => _list is null || number > _list.Number
            || (number == _list.Number && hash != _list.Hash && _listContradiction?.Number != number),
        _ => false,
    };

    /// <summary>What is to be done with a statement.</summary>
    public StatementVerdict Judge(AuthorityStatement statement)
    {
        if (!IsGoverned || Number(statement) is not { } number || IsForeign(statement))
        {
            return StatementVerdict.Wrong;
        }

        if (!Wants(statement.Kind, number, NameOf(statement)))
        {
            return StatementVerdict.Known;
        }

        if (statement is SignedParameters { IsSignedByOwn: false })
        {
            return StatementVerdict.Wrong;
        }

        if (!IsSignedByEnough(statement))
        {
            Refuse($"{What(statement.Kind)} number {number} are signed by too few of the authorities known here. If that is right, install the file of the newest parameters.");
            return StatementVerdict.Untrusted;
        }

        if (statement is SignedParameters parameters && parameters.ObstaclesAfter(_options.Network) is { IsEmpty: false } obstacles)
        {
            Refuse($"Parameters number {number} are not taken. {string.Join(' ', obstacles)}");
            return StatementVerdict.CannotChange;
        }

        return StatementVerdict.Wanted;
    }

    /// <summary>Takes a statement whose signatures hold and that was judged to be wanted.</summary>
    /// <returns>Whether anything changes by it.</returns>
    public bool Take(AuthorityStatement statement, Moment now)
    {
        var changed = statement switch
        {
            SignedParameters parameters => TakeParameters(Hold(parameters), now),
            RevokedAddresses list => TakeList(Hold(list)),
            _ => false,
        };
        if (changed)
        {
            _refused = null;
        }

        return changed;
    }

    /// <summary>Whether a record may be used: everybody's in an open network, and else those of nodes that are admitted.</summary>
    public bool Admits(LinkStateRecord record, long unixMillis) =>
        !RequiresAdmission
        || (Counts(record.Certificate, record.Address, (record.Flags & LinkStateFlags.Relays) != LinkStateFlags.None) && !IsExcluded(record.Address, unixMillis));

    /// <summary>Whether enough of the authorities in force have signed something, as far as it says.</summary>
    public bool IsSignedByEnough(AuthorityStatement statement) => _current is not null && statement.IsSignedByEnough(_current.Statement.Authorities, _current.Statement.Threshold);

    /// <summary>The authorities in force, then those of parameters that are to come into force, each ascending; none in an open network.</summary>
    public ImmutableArray<NodeAddress> Authorities =>
        _current is null ? [] : _next is null ? _current.Statement.Authorities : [.. _current.Statement.Authorities.Union(_next.Statement.Authorities)];

    /// <summary>When the next revocation ends, by the wall clock.</summary>
    public long NextRevocationEnd(long unixMillis) => RequiresAdmission
        ? new[] { _list, _listContradiction }.Where(static held => held is not null).SelectMany(static held => held!.Statement.Revoked)
            .Select(static revoked => revoked.UntilUnixMillis).Where(until => until > unixMillis).DefaultIfEmpty(long.MaxValue).Min()
        : long.MaxValue;

    /// <summary>Whether there must be no link with an address at all.</summary>
    public bool IsExcluded(NodeAddress address, long unixMillis) =>
        RequiresAdmission && ((_list?.Statement.Revokes(address, unixMillis) ?? false) || (_listContradiction?.Statement.Revokes(address, unixMillis) ?? false));

    /// <summary>Each address with which there must be no link.</summary>
    public IEnumerable<NodeAddress> ExcludedAt(long unixMillis) => RequiresAdmission
        ? new[] { _list, _listContradiction }.Where(static held => held is not null).SelectMany(static held => held!.Statement.Revoked)
            .Where(revoked => revoked.UntilUnixMillis > unixMillis).Select(static revoked => revoked.Address)
        : [];

    /// <summary>The certificate to show at a time; null: there is none, or its time is over.</summary>
    public AdmissionCertificate? CertificateAt(long unixMillis) => Certificate is { } own && own.NotAfterUnixMillis > unixMillis ? own : null;

    public AdmissionSnapshot? Snapshot(long unixMillis) => _current is null ? null : new AdmissionSnapshot
    {
        Number = _current.Number,
        Network = Network,
        InForce = _current.Statement,
        RequiresAdmission = RequiresAdmission,
        Next = _next?.Statement,
        Revocations = _list?.Statement,
        Certificate = Certificate,
        IsAdmitted = IsOwnAdmitted(unixMillis),
        Warnings = Warnings(unixMillis),
    };

    /// <summary>The number of parameters or a list; null: another kind, which has none.</summary>
    public static ulong? Number(AuthorityStatement statement) => statement switch
    {
        SignedParameters parameters => parameters.Number,
        RevokedAddresses list => list.Number,
        _ => null,
    };

    public RecordHash NameOf(AuthorityStatement statement) => statement.HashIn(_options.Network.Definition.Id);

    private static string What(StatementKind kind) => kind == StatementKind.Parameters ? "Parameters" : "Revocations";

    private HeldStatement<SignedParameters> Hold(SignedParameters parameters) => new(parameters, parameters.Number, NameOf(parameters));

    private HeldStatement<RevokedAddresses> Hold(RevokedAddresses list) => new(list, list.Number, NameOf(list));

    // Their signatures are under another network's id, so that they don't hold here.
    private bool IsForeign(AuthorityStatement statement) =>
        statement is SignedParameters parameters && !parameters.Network.Definition.Id.SequenceEqual(_options.Network.Definition.Id);

    private bool WantsParameters(ulong number, RecordHash hash)
    {
        if (hash == _current!.Hash || hash == _next?.Hash || hash == _contradiction?.Hash)
        {
            return false;
        }

        var newest = _next ?? _current;
        return number > newest.Number || (number == newest.Number ? _contradiction?.Number != number : number > _current.Number);
    }

    private bool TakeParameters(HeldStatement<SignedParameters> given, Moment now)
    {
        var newest = _next ?? _current!;
        if (given.Number > newest.Number)
        {
            _next = given;
            _ = Advance(now);
            return true;
        }

        if (given.Number < newest.Number)
        {
            // What came between, and is in force already where the newest isn't yet.
            var isInForce = given.Number > _current!.Number && given.Statement.ActivationUnixMillis <= now.UnixMillis;
            _current = isInForce ? given : _current;
            return isInForce;
        }

        // Authorities contradict themselves: everybody uses the same one of the two, and says so.
        var takes = IsLower(given.Hash, newest.Hash);
        _contradiction = takes ? newest : given;
        if (takes)
        {
            (_current, _next) = _next is null ? (given, null) : (_current, given);
            _ = Advance(now);
        }

        return true;
    }

    private bool TakeList(HeldStatement<RevokedAddresses> given)
    {
        if (_list is null || given.Number > _list.Number)
        {
            (_list, _listContradiction) = (given, null);
        }
        else
        {
            // Both count: what either revokes is revoked.
            (_list, _listContradiction) = IsLower(given.Hash, _list.Hash) ? (given, _list) : (_list, given);
        }

        return true;
    }

    private static bool IsLower(RecordHash one, RecordHash other)
    {
        Span<byte> bytes = stackalloc byte[2 * RecordHash.Bytes];
        one.CopyTo(bytes);
        other.CopyTo(bytes[RecordHash.Bytes..]);
        return bytes[..RecordHash.Bytes].SequenceCompareTo(bytes[RecordHash.Bytes..]) < 0;
    }

    private bool Counts(AdmissionCertificate? certificate, NodeAddress address, bool relays) =>
        certificate is not null && certificate.Address == address
        && (certificate.Roles & (relays ? AdmissionRoles.Relay : AdmissionRoles.Endpoint)) != AdmissionRoles.None
        && IsSignedByEnough(certificate);

    private bool IsOwnAdmitted(long unixMillis) =>
        !RequiresAdmission || (Counts(CertificateAt(unixMillis), _options.Own, _options.Relays) && !IsExcluded(_options.Own, unixMillis));

    private void Refuse(string what) => _refused = what;

    private ImmutableArray<string> Warnings(long unixMillis)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        if (_contradiction is { } parameters)
        {
            found.Add(string.Create(CultureInfo.InvariantCulture, $"The authorities have signed two different parameters number {parameters.Number}; those with the lower hash count everywhere. Ask them for a next number."));
        }

        if (_listContradiction is { } list)
        {
            found.Add(string.Create(CultureInfo.InvariantCulture, $"The authorities have signed two different revocation lists number {list.Number}; both count. Ask them for a next number."));
        }

        if (!IsOwnAdmitted(unixMillis))
        {
            found.Add(IsExcluded(_options.Own, unixMillis)
                ? "This node's admission is revoked: no other node of the network has a link with it."
                : Certificate is null
                    ? "This node has no admission certificate, and the network requires one: ask its authorities."
                    : "This node's admission certificate has ended, lacks its role, or is signed by too few of the network's authorities: ask them for another.");
        }

        if (_refused is not null)
        {
            found.Add(_refused);
        }

        return found.ToImmutable();
    }
}
