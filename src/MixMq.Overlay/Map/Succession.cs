using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// That an endpoint has another key, and so another address. It is signed by the new key and as many authorities as the threshold says, and by
/// the old key; the emergency one, where the old key is lost or in other hands, without it.
/// </summary>
/// <remarks>
/// <code>
/// version u8 = 1 | kind u8 = 5 | number u64 | not before u64 ms | flags u8 (1 emergency) | old[32] | new[32], another
/// signatures
/// </code>
/// That it is an emergency is part of what is signed: who adds or leaves out a signature can't make the one look like the other.
/// </remarks>
public sealed class Succession : MapStatement
{
    private const int BodyBytes = 2 + sizeof(ulong) + sizeof(ulong) + 1 + (2 * NodeAddress.ByteLength);
    private const byte EmergencyFlag = 1;

    private Succession(byte[] encoded, ulong number, long notBeforeUnixMillis, bool isEmergency, NodeAddress old, NodeAddress successor)
        : base(StatementKind.Succession, encoded, BodyBytes, number, long.MaxValue)
    {
        NotBeforeUnixMillis = notBeforeUnixMillis;
        IsEmergency = isEmergency;
        Old = old;
        New = successor;
    }

    /// <summary>Label of the signatures; the network id follows it.</summary>
    public static ReadOnlySpan<byte> SignatureLabel => "MixMq-succession-v1"u8;

    /// <summary>From when on it counts, unix milliseconds.</summary>
    public long NotBeforeUnixMillis { get; }

    /// <summary>Whether it was made without the old key: authorities alone say that the endpoint is the same.</summary>
    public bool IsEmergency { get; }

    /// <summary>The address that is given up.</summary>
    public NodeAddress Old { get; }

    /// <summary>The address that takes its place.</summary>
    public NodeAddress New { get; }

    /// <summary>Whether the new key and, unless it is an emergency, the old one have signed it, as far as it says.</summary>
    public bool IsSignedByKeys => Signers.Contains(New) && (IsEmergency || Signers.Contains(Old));

    internal override object Subject => Old;

    internal override bool OutlivesItsAuthorities => true;

    private protected override ReadOnlySpan<byte> Label => SignatureLabel;

    /// <summary>Parses bytes that may come from anyone. No signature is checked.</summary>
    /// <param name="encoded">Exactly one statement; copied.</param>
    /// <param name="succession">The statement, or null.</param>
    /// <returns>What is wrong with it, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryParse(ReadOnlySpan<byte> encoded, out Succession? succession)
    {
        succession = null;
        if (encoded.Length > MapLimits.MaxSuccessionBytes)
        {
            return StatementError.TooLong;
        }

        var reader = new WireReader(encoded);
        if (!reader.TryByte(out var version) || !reader.TryByte(out var kind))
        {
            return StatementError.Truncated;
        }

        if (version != Version || kind != (byte)StatementKind.Succession)
        {
            return version != Version ? StatementError.UnknownVersion : StatementError.UnknownKind;
        }

        if (!reader.TryUInt64(out var number) || !reader.TryUInt64(out var notBefore) || !reader.TryByte(out var flags)
            || !reader.TryBytes(NodeAddress.ByteLength, out var old) || !reader.TryBytes(NodeAddress.ByteLength, out var successor))
        {
            return StatementError.Truncated;
        }

        if (number is 0 or > AdmissionLimits.MaxNumber)
        {
            return StatementError.InvalidNumber;
        }

        if (notBefore >= 1UL << 62)
        {
            return StatementError.InvalidTimes;
        }

        if (flags > EmergencyFlag)
        {
            return StatementError.InvalidFlags;
        }

        if (old.SequenceEqual(successor))
        {
            return StatementError.InvalidAddresses;
        }

        var error = SignatureList.Check(ref reader);
        if (error == StatementError.None)
        {
            succession = new Succession(encoded.ToArray(), number, (long)notBefore, flags == EmergencyFlag, NodeAddress.FromBytes(old), NodeAddress.FromBytes(successor));
        }

        return error;
    }

    /// <summary>A statement that nobody has signed yet.</summary>
    /// <param name="old">The address that is given up.</param>
    /// <param name="successor">The address that takes its place; another.</param>
    /// <param name="number">1 to <see cref="AdmissionLimits.MaxNumber"/>: above that of the old address's last one.</param>
    /// <param name="notBeforeUnixMillis">From when on it counts, unix milliseconds.</param>
    /// <param name="isEmergency">Whether the old key won't sign.</param>
    /// <param name="succession">The statement, or null.</param>
    /// <returns>What is wrong, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryCreate(
        NodeAddress old, NodeAddress successor, ulong number, long notBeforeUnixMillis, bool isEmergency, out Succession? succession)
    {
        var writer = new StatementWriter(StatementKind.Succession);
        writer.Number(number, sizeof(ulong));
        writer.Number((ulong)notBeforeUnixMillis, sizeof(ulong));
        writer.Number(isEmergency ? EmergencyFlag : 0UL, sizeof(byte));
        writer.Address(old);
        writer.Address(successor);
        return TryParse(writer.Unsigned(), out succession);
    }

    /// <summary>Whether those have signed who must, as far as it says.</summary>
    /// <param name="authorities">Each once.</param>
    /// <param name="threshold">How many of them must. Not one alone: with a stolen old key it could put another in an institution's place.</param>
    /// <returns>Whether it is to be believed if its signatures hold.</returns>
    public override bool IsSignedByEnough(ImmutableArray<NodeAddress> authorities, int threshold) =>
        IsSignedByKeys && Signers.Count(signer => !IsKey(signer) && authorities.Contains(signer)) >= threshold;

    // An authority's key that is itself the old or the new one has signed as that.
    internal override bool IsKey(NodeAddress signer) => signer == Old || signer == New;
}
