using System.Globalization;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>
/// Holds the records of one direction of a link against what spec/04 says that they carry: after the handshake whole cells of one size and nothing else, up to the close.
/// </summary>
/// <remarks>
/// TLS 1.3 calls the encrypted part of a handshake by the same type, and nobody on the wire can tell where it ends. So what is asserted: up to some first record, at most
/// <see cref="MostHandshakeBytes"/>; from it on every record is a number of whole cells with what TLS adds; and an alert, which closes, may be the last.
/// </remarks>
internal static class CellCheck
{
    /// <summary>What TLS 1.3 adds to a record's text: its inner type, and the tag of the AEAD.</summary>
    public const int AddedBytes = 1 + 16;

    /// <summary>A certificate of an elliptic curve, its signature, and what goes with them.</summary>
    public const int MostHandshakeBytes = 2500;

    /// <summary>A level and a description, encrypted.</summary>
    private const int AlertBytes = 2 + AddedBytes;

    /// <summary>How many cells were carried, and what is wrong; null: nothing.</summary>
    public static (int Cells, string? Breach) Of(IReadOnlyList<TlsRecord> records, int cellBytes)
    {
        var carriesCells = records.Select(record => record.Type == TlsRecord.Encrypted && record.Length > AddedBytes && (record.Length - AddedBytes) % cellBytes == 0).ToList();
        var first = carriesCells.IndexOf(item: true);
        var handshake = (first < 0 ? records : records.Take(first)).Sum(record => record.Length);
        if (handshake > MostHandshakeBytes)
            return (0, string.Create(CultureInfo.InvariantCulture, $"{handshake} bytes that are no cells come first"));
        if (first < 0)
            return (0, null);
        for (var i = first; i < records.Count; i++)
        {
            if (!carriesCells[i] && !(i == records.Count - 1 && records[i] is { Type: TlsRecord.Encrypted, Length: AlertBytes }))
                return (0, string.Create(CultureInfo.InvariantCulture, $"record {i} of {records.Count} has type {records[i].Type} and {records[i].Length} bytes, which is no number of cells"));
        }

        return (records.Skip(first).Sum(record => (record.Length - AddedBytes) / cellBytes), null);
    }
}
