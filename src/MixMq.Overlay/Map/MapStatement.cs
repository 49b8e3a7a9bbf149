using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// A statement that every node holds and hands on with the map: about one thing, of which the statement with the greatest number counts.
/// </summary>
public abstract class MapStatement : AuthorityStatement
{
    private protected MapStatement(StatementKind kind, byte[] encoded, int bodyBytes, ulong number, long notAfterUnixMillis)
        : base(kind, encoded, bodyBytes)
    {
        Number = number;
        NotAfterUnixMillis = notAfterUnixMillis;
    }

    /// <summary>1 to <see cref="AdmissionLimits.MaxNumber"/>; counted for each thing that is stated about.</summary>
    public ulong Number { get; }

    /// <summary>Until when it counts, unix milliseconds; <see cref="long.MaxValue"/>: it has no end.</summary>
    public long NotAfterUnixMillis { get; }

    /// <summary>What it is about: equal where one statement takes the place of another.</summary>
    internal abstract object Subject { get; }

    /// <summary>Whether it stays, once it was taken, when other authorities come into force that haven't signed it.</summary>
    internal virtual bool OutlivesItsAuthorities => false;

    /// <summary>Whether a signer is one that it is about, and so none of the authorities.</summary>
    internal virtual bool IsKey(NodeAddress signer) => false;

    /// <summary>
    /// The same statement with the signatures of some alone, its own and another's that says the same. Where there are more than a statement has room for, the keys that it
    /// is about come first, then the authorities in their order: so which are kept doesn't depend on which were heard first.
    /// </summary>
    /// <param name="other">Says the same; its signatures hold.</param>
    /// <param name="authorities">Whose signatures are kept, beside those of the keys that it is about: anybody can add signatures of keys of his own. Those that count most first.</param>
    internal MapStatement Merge(MapStatement other, ImmutableArray<NodeAddress> authorities)
    {
        var found = new SortedDictionary<(int Rank, NodeAddress Signer), byte[]>();
        foreach (var from in (MapStatement[])[other, this])
        {
            var signers = from.Signers;
            for (var i = 0; i < signers.Length; i++)
            {
                var rank = IsKey(signers[i]) ? 0 : 1 + authorities.IndexOf(signers[i]);
                if (rank > 0 || IsKey(signers[i]))
                {
                    found[(rank, signers[i])] = from.SignatureAt(i).ToArray();
                }
            }
        }

        AuthorityStatement merged = WithoutSignatures();
        foreach (var ((_, signer), signature) in found.Take(AdmissionLimits.MaxSignatures))
        {
            merged = merged.WithSignature(signer, signature);
        }

        return (MapStatement)merged;
    }

    /// <summary>
    /// Names it among neighbours: SHA-256 over its hash and its signers' keys. So who holds it with fewer signatures sees that there is another one to ask for.
    /// </summary>
    /// <param name="networkId">32 bytes.</param>
    /// <returns>The name.</returns>
    internal RecordHash NameIn(ReadOnlySpan<byte> networkId)
    {
        var signers = Signers;
        var bytes = new byte[RecordHash.Bytes + (signers.Length * NodeAddress.ByteLength)];
        HashIn(networkId).CopyTo(bytes);
        for (var i = 0; i < signers.Length; i++)
        {
            signers[i].CopyTo(bytes.AsSpan(RecordHash.Bytes + (i * NodeAddress.ByteLength)));
        }

        return RecordHash.Of(bytes);
    }

    /// <summary>Whether another says the same, whoever has signed it.</summary>
    internal bool SaysWhat(MapStatement other) => Body.SequenceEqual(other.Body);

    /// <summary>Parses bytes that may come from anyone. No signature is checked.</summary>
    /// <param name="encoded">Exactly one statement; copied.</param>
    /// <param name="statement">The statement, or null.</param>
    /// <returns>What is wrong with it, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryParse(ReadOnlySpan<byte> encoded, out MapStatement? statement)
    {
        if (encoded.Length > 1 && encoded[0] == Version && encoded[1] == (byte)StatementKind.Succession)
        {
            var error = Succession.TryParse(encoded, out var succession);
            statement = succession;
            return error;
        }
        else
        {
            var error = MapEntry.TryParse(encoded, out var entry);
            statement = entry;
            return error;
        }
    }
}
