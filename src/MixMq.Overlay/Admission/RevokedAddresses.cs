using System.Collections.Immutable;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>All addresses whose admission was ended before its time. The list with the greatest number counts, and takes the place of those before.</summary>
/// <remarks>
/// <code>
/// version u8 = 1 | kind u8 = 2 | number u64 | issued u64 ms | count u16 | count x { address[32] | until u64 ms }   strictly ascending
/// signatures
/// </code>
/// </remarks>
public sealed class RevokedAddresses : AuthorityStatement
{
    private const int EntryBytes = NodeAddress.ByteLength + sizeof(ulong);

    private RevokedAddresses(byte[] encoded, int bodyBytes, ulong number, long issuedUnixMillis, ImmutableArray<RevokedAddress> revoked)
        : base(StatementKind.Revocations, encoded, bodyBytes)
    {
        Number = number;
        IssuedUnixMillis = issuedUnixMillis;
        Revoked = revoked;
    }

    /// <summary>Label of the signatures; the network id follows it.</summary>
    public static ReadOnlySpan<byte> SignatureLabel => "MixMq-revocations-v1"u8;

    /// <summary>1 to <see cref="AdmissionLimits.MaxNumber"/>.</summary>
    public ulong Number { get; }

    /// <summary>When it was made, unix milliseconds; for people.</summary>
    public long IssuedUnixMillis { get; }

    /// <summary>By ascending address; at most <see cref="AdmissionLimits.MaxRevocations"/>.</summary>
    public ImmutableArray<RevokedAddress> Revoked { get; }

    private protected override ReadOnlySpan<byte> Label => SignatureLabel;

    /// <summary>Parses bytes that may come from anyone. No signature is checked.</summary>
    /// <param name="encoded">Exactly one list; copied.</param>
    /// <param name="list">The list, or null.</param>
    /// <returns>What is wrong with it, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryParse(ReadOnlySpan<byte> encoded, out RevokedAddresses? list)
    {
        list = null;
        if (encoded.Length > AdmissionLimits.MaxStatementBytes)
        {
            return StatementError.TooLong;
        }

        var reader = new WireReader(encoded);
        if (!reader.TryByte(out var version) || !reader.TryByte(out var kind))
        {
            return StatementError.Truncated;
        }

        if (version != Version || kind != (byte)StatementKind.Revocations)
        {
            return version != Version ? StatementError.UnknownVersion : StatementError.UnknownKind;
        }

        if (!reader.TryUInt64(out var number) || !reader.TryUInt64(out var issued) || !reader.TryUInt16(out var count))
        {
            return StatementError.Truncated;
        }

        if (number is 0 or > AdmissionLimits.MaxNumber)
        {
            return StatementError.InvalidNumber;
        }

        if (issued >= 1UL << 62)
        {
            return StatementError.InvalidTimes;
        }

        if (count > AdmissionLimits.MaxRevocations)
        {
            return StatementError.InvalidRevocations;
        }

        if (!reader.TryBytes(count * EntryBytes, out var entries))
        {
            return StatementError.Truncated;
        }

        var revoked = ImmutableArray.CreateBuilder<RevokedAddress>(count);
        var error = ReadEntries(entries, revoked);
        var bodyBytes = encoded.Length - reader.Remaining;
        if (error == StatementError.None && (error = SignatureList.Check(ref reader)) == StatementError.None)
        {
            list = new RevokedAddresses(encoded.ToArray(), bodyBytes, number, (long)issued, revoked.MoveToImmutable());
        }

        return error;
    }

    /// <summary>A list that nobody has signed yet.</summary>
    /// <param name="number">1 to <see cref="AdmissionLimits.MaxNumber"/>.</param>
    /// <param name="issuedUnixMillis">The present, unix milliseconds.</param>
    /// <param name="revoked">In any order; of an address that stands twice the later time counts.</param>
    /// <param name="list">The list, or null.</param>
    /// <returns>What is wrong, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryCreate(ulong number, long issuedUnixMillis, IEnumerable<RevokedAddress> revoked, out RevokedAddresses? list)
    {
        ArgumentNullException.ThrowIfNull(revoked);
        var all = new SortedDictionary<NodeAddress, long>();
        foreach (var (address, until) in revoked)
        {
            all[address] = Math.Max(until, all.GetValueOrDefault(address));
        }

        list = null;
        if (all.Count > AdmissionLimits.MaxRevocations)
        {
            return StatementError.InvalidRevocations;
        }

        var writer = new StatementWriter(StatementKind.Revocations);
        writer.Number(number, sizeof(ulong));
        writer.Number((ulong)issuedUnixMillis, sizeof(ulong));
        writer.Number((ulong)all.Count, sizeof(ushort));
        foreach (var (address, until) in all)
        {
            writer.Address(address);
            writer.Number((ulong)until, sizeof(ulong));
        }

        return TryParse(writer.Unsigned(), out list);
    }

    /// <summary>Whether an address is kept out at a time.</summary>
    /// <param name="address">Any.</param>
    /// <param name="unixMillis">The time.</param>
    /// <returns>Whether the list says so.</returns>
    public bool Revokes(NodeAddress address, long unixMillis)
    {
        var (low, high) = (0, Revoked.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Revoked[middle].Address.CompareTo(address);
            if (order == 0)
            {
                return Revoked[middle].UntilUnixMillis > unixMillis;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    private static StatementError ReadEntries(ReadOnlySpan<byte> entries, ImmutableArray<RevokedAddress>.Builder revoked)
    {
        var reader = new WireReader(entries);
        while (reader.TryBytes(NodeAddress.ByteLength, out var bytes) && reader.TryUInt64(out var until))
        {
            var address = NodeAddress.FromBytes(bytes);
            if (until >= 1UL << 62)
            {
                return StatementError.InvalidTimes;
            }

            if (revoked.Count > 0 && revoked[^1].Address >= address)
            {
                return StatementError.InvalidRevocations;
            }

            revoked.Add(new RevokedAddress(address, (long)until));
        }

        return StatementError.None;
    }
}
