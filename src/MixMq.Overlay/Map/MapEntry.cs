using System.Collections.Immutable;
using System.Text;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// That an institution of this legal name is to be reached at these addresses. Of a name the entry with the greatest number counts. One
/// without addresses takes the name out of the map.
/// </summary>
/// <remarks>
/// <code>
/// version u8 = 1 | kind u8 = 4 | number u64 | not after u64 ms | count u8, 0..8 | count x address[32], strictly ascending
/// name length u16 | name in its normal form, UTF-8
/// signatures
/// </code>
/// </remarks>
public sealed class MapEntry : MapStatement
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private MapEntry(byte[] encoded, int bodyBytes, ulong number, long notAfterUnixMillis, ImmutableArray<NodeAddress> addresses, LegalName name)
        : base(StatementKind.MapEntry, encoded, bodyBytes, number, notAfterUnixMillis)
    {
        Addresses = addresses;
        Name = name;
    }

    /// <summary>Label of the signatures; the network id follows it.</summary>
    public static ReadOnlySpan<byte> SignatureLabel => "MixMq-map-entry-v1"u8;

    /// <summary>By ascending address; at most <see cref="MapLimits.MaxAddresses"/>; empty: the name isn't in the map any more.</summary>
    public ImmutableArray<NodeAddress> Addresses { get; }

    /// <summary>Whose.</summary>
    public LegalName Name { get; }

    internal override object Subject => Name;

    private protected override ReadOnlySpan<byte> Label => SignatureLabel;

    /// <summary>Parses bytes that may come from anyone. No signature is checked.</summary>
    /// <param name="encoded">Exactly one entry; copied.</param>
    /// <param name="entry">The entry, or null.</param>
    /// <returns>What is wrong with it, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryParse(ReadOnlySpan<byte> encoded, out MapEntry? entry)
    {
        entry = null;
        if (encoded.Length > MapLimits.MaxEntryBytes)
        {
            return StatementError.TooLong;
        }

        var reader = new WireReader(encoded);
        if (!reader.TryByte(out var version) || !reader.TryByte(out var kind))
        {
            return StatementError.Truncated;
        }

        if (version != Version || kind != (byte)StatementKind.MapEntry)
        {
            return version != Version ? StatementError.UnknownVersion : StatementError.UnknownKind;
        }

        if (!reader.TryUInt64(out var number) || !reader.TryUInt64(out var notAfter) || !reader.TryByte(out var count))
        {
            return StatementError.Truncated;
        }

        if (number is 0 or > AdmissionLimits.MaxNumber)
        {
            return StatementError.InvalidNumber;
        }

        if (notAfter is 0 or >= 1UL << 62)
        {
            return StatementError.InvalidTimes;
        }

        if (count > MapLimits.MaxAddresses)
        {
            return StatementError.InvalidAddresses;
        }

        if (!reader.TryBytes(count * NodeAddress.ByteLength, out var addressBytes) || !reader.TryUInt16(out var length))
        {
            return StatementError.Truncated;
        }

        if (length > MapLimits.MaxNameBytes)
        {
            return StatementError.InvalidName;
        }

        if (!reader.TryBytes(length, out var text))
        {
            return StatementError.Truncated;
        }

        var bodyBytes = encoded.Length - reader.Remaining;
        var error = ReadAddresses(addressBytes, out var addresses);
        if (error == StatementError.None && (error = ReadName(text, out var name)) == StatementError.None && (error = SignatureList.Check(ref reader)) == StatementError.None)
        {
            entry = new MapEntry(encoded.ToArray(), bodyBytes, number, (long)notAfter, addresses, name!);
        }

        return error;
    }

    /// <summary>An entry that nobody has signed yet.</summary>
    /// <param name="name">Whose.</param>
    /// <param name="addresses">In any order; one that stands twice counts once.</param>
    /// <param name="number">1 to <see cref="AdmissionLimits.MaxNumber"/>: above that of the name's last one.</param>
    /// <param name="notAfterUnixMillis">Until when it counts, unix milliseconds.</param>
    /// <param name="entry">The entry, or null.</param>
    /// <returns>What is wrong, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryCreate(LegalName name, IEnumerable<NodeAddress> addresses, ulong number, long notAfterUnixMillis, out MapEntry? entry)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(addresses);
        NodeAddress[] all = [.. addresses.Distinct().Order()];
        entry = null;
        if (all.Length > MapLimits.MaxAddresses)
        {
            return StatementError.InvalidAddresses;
        }

        var writer = new StatementWriter(StatementKind.MapEntry);
        writer.Number(number, sizeof(ulong));
        writer.Number((ulong)notAfterUnixMillis, sizeof(ulong));
        writer.Number((ulong)all.Length, sizeof(byte));
        foreach (var address in all)
        {
            writer.Address(address);
        }

        var text = Encoding.UTF8.GetBytes(name.Text);
        writer.Number((ulong)text.Length, sizeof(ushort));
        writer.Bytes(text);
        return TryParse(writer.Unsigned(), out entry);
    }

    private static StatementError ReadAddresses(ReadOnlySpan<byte> bytes, out ImmutableArray<NodeAddress> addresses)
    {
        addresses = [];
        var read = new NodeAddress[bytes.Length / NodeAddress.ByteLength];
        for (var i = 0; i < read.Length; i++)
        {
            read[i] = NodeAddress.FromBytes(bytes.Slice(i * NodeAddress.ByteLength, NodeAddress.ByteLength));
            if (i > 0 && read[i - 1] >= read[i])
            {
                return StatementError.InvalidAddresses;
            }
        }

        addresses = ImmutableArray.Create(read);
        return StatementError.None;
    }

    // Only the normal form: else one entry could be written, and signed, in many ways.
    private static StatementError ReadName(ReadOnlySpan<byte> bytes, out LegalName? name)
    {
        name = null;
        string text;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return StatementError.InvalidName;
        }

        return LegalName.TryParse(text, out name) == LegalNameError.None && string.Equals(name!.Text, text, StringComparison.Ordinal)
            ? StatementError.None
            : StatementError.InvalidName;
    }
}
