using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>
/// Something that the authorities of a network sign. A value that exists is well formed and canonical; whether its signatures hold is
/// <see cref="VerifySignatures"/>'s to say, and whether the signers are to be believed <see cref="CountSigners"/>'s. Immutable.
/// </summary>
/// <remarks>
/// All integers are little-endian (spec/08-admission.md, "Statements"):
/// <code>
/// version u8 = 1 | kind u8 | what the kind says
/// signature count u8 | count x { key[32] | signature[64] }   keys strictly ascending
/// </code>
/// Each signature is over label, network id and all before the count. The signers' keys stand beside their signatures, so that whether they hold
/// can be asked by whoever doesn't know the authorities, and the answer never changes.
/// </remarks>
public abstract class AuthorityStatement
{
    /// <summary>The version of the layout.</summary>
    internal const byte Version = 1;

    private readonly byte[] _encoded;
    private readonly int _bodyBytes;

    private protected AuthorityStatement(StatementKind kind, byte[] encoded, int bodyBytes)
    {
        Kind = kind;
        _encoded = encoded;
        _bodyBytes = bodyBytes;
    }

    /// <summary>What it says.</summary>
    public StatementKind Kind { get; }

    /// <summary>The statement as it stands on the wire.</summary>
    public ReadOnlyMemory<byte> Encoded => _encoded;

    /// <summary>Who signed it, as far as it says; ascending.</summary>
    public ImmutableArray<NodeAddress> Signers
    {
        get
        {
            var signers = new NodeAddress[SignatureCount];
            for (var i = 0; i < signers.Length; i++)
            {
                signers[i] = SignatureList.Signer(Signatures, i);
            }

            return ImmutableArray.Create(signers);
        }
    }

    /// <summary>How many signatures it has.</summary>
    public int SignatureCount => _encoded[_bodyBytes];

    private ReadOnlySpan<byte> Signatures => _encoded.AsSpan(_bodyBytes + 1);

    private protected ReadOnlySpan<byte> Body => _encoded.AsSpan(0, _bodyBytes);

    private protected abstract ReadOnlySpan<byte> Label { get; }

    /// <summary>Parses bytes that may come from anyone. No signature is checked.</summary>
    /// <param name="encoded">Exactly one statement; copied.</param>
    /// <param name="statement">The statement, or null.</param>
    /// <returns>What is wrong with it, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryParse(ReadOnlySpan<byte> encoded, out AuthorityStatement? statement)
    {
        statement = null;
        if (encoded.Length > AdmissionLimits.MaxStatementBytes)
        {
            return StatementError.TooLong;
        }

        if (encoded.Length < 2)
        {
            return StatementError.Truncated;
        }

        if (encoded[0] != Version)
        {
            return StatementError.UnknownVersion;
        }

        switch ((StatementKind)encoded[1])
        {
            case StatementKind.Parameters:
                var error = SignedParameters.TryParse(encoded, out var parameters);
                statement = parameters;
                return error;
            case StatementKind.Revocations:
                error = RevokedAddresses.TryParse(encoded, out var list);
                statement = list;
                return error;
            case StatementKind.Certificate:
                error = AdmissionCertificate.TryParse(encoded, out var certificate);
                statement = certificate;
                return error;
            case StatementKind.MapEntry:
                error = MapEntry.TryParse(encoded, out var entry);
                statement = entry;
                return error;
            case StatementKind.Succession:
                error = Succession.TryParse(encoded, out var succession);
                statement = succession;
                return error;
            default:
                return StatementError.UnknownKind;
        }
    }

    /// <summary>What is signed: label, network id, and the statement up to its signatures.</summary>
    /// <param name="networkId">32 bytes.</param>
    /// <returns>The message.</returns>
    public byte[] SignedMessage(ReadOnlySpan<byte> networkId) => [.. Label, .. networkId, .. Body];

    /// <summary>Names the statement: SHA-256 over what is signed, so that it has one name however many have signed it.</summary>
    /// <param name="networkId">32 bytes.</param>
    /// <returns>The hash.</returns>
    public RecordHash HashIn(ReadOnlySpan<byte> networkId) => RecordHash.Of(SignedMessage(networkId));

    /// <summary>A signature, in the order of <see cref="Signers"/>.</summary>
    /// <param name="index">0 to <see cref="SignatureCount"/> − 1.</param>
    /// <returns>64 bytes.</returns>
    public ReadOnlySpan<byte> SignatureAt(int index) => SignatureList.Signature(Signatures, index);

    /// <summary>Whether all of its signatures hold. About 0.1 ms each: a crypto worker's work. Thread-safe.</summary>
    /// <param name="networkId">32 bytes.</param>
    /// <returns>Whether they do; a statement without any has none that doesn't.</returns>
    public bool VerifySignatures(ReadOnlySpan<byte> networkId)
    {
        var message = SignedMessage(networkId);
        Span<byte> key = stackalloc byte[Ed25519.PublicKeyBytes];
        for (var i = 0; i < SignatureCount; i++)
        {
            SignatureList.Signer(Signatures, i).CopyTo(key);
            if (!Ed25519.IsValidPublicKey(key) || !Ed25519.Verify(key, message, SignatureAt(i)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How many of some authorities have signed it, as far as it says.</summary>
    /// <param name="authorities">Each once.</param>
    /// <returns>The number.</returns>
    public int CountSigners(ImmutableArray<NodeAddress> authorities)
    {
        var count = 0;
        for (var i = 0; i < SignatureCount; i++)
        {
            count += authorities.Contains(SignatureList.Signer(Signatures, i)) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether so many have signed it that it is to be believed if its signatures hold.</summary>
    /// <param name="authorities">Each once.</param>
    /// <param name="threshold">How many of them must.</param>
    /// <returns>Whether they have, as far as it says.</returns>
    public virtual bool IsSignedByEnough(ImmutableArray<NodeAddress> authorities, int threshold) => CountSigners(authorities) >= threshold;

    /// <summary>The same statement with one more signature, or with one replaced.</summary>
    /// <param name="signer">Whose it is.</param>
    /// <param name="signature">64 bytes over <see cref="SignedMessage"/>.</param>
    /// <returns>The statement.</returns>
    /// <exception cref="InvalidOperationException">It has as many signatures as it may have.</exception>
    public AuthorityStatement WithSignature(NodeAddress signer, ReadOnlySpan<byte> signature)
    {
        var all = new SortedDictionary<NodeAddress, byte[]>();
        for (var i = 0; i < SignatureCount; i++)
        {
            all[SignatureList.Signer(Signatures, i)] = SignatureAt(i).ToArray();
        }

        all[signer] = signature.ToArray();
        byte[] encoded = [.. Body, (byte)all.Count, .. all.SelectMany(static pair => (byte[])[.. pair.Key.ToArray(), .. pair.Value])];
        var error = TryParse(encoded, out var statement);
        return statement ?? throw new InvalidOperationException($"The statement {error.Describe()}.");
    }

    /// <summary>The same statement, signed by nobody.</summary>
    internal AuthorityStatement WithoutSignatures()
    {
        _ = TryParse([.. Body, 0], out var statement);
        return statement!;
    }

    private protected static bool IsText(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && LinkStateParser.IsText(bytes);
}
