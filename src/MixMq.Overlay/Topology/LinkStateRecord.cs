using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// What a node says of itself, signed by it and flooded to all. A value that exists is well formed and canonical; whether its keys are
/// points of the curve and its signature holds is <see cref="Verify"/>'s to say, which the crypto workers ask. Immutable.
/// </summary>
/// <remarks>
/// A network has thousands of them in each node's memory, so a record keeps its bytes and little else; the lists are read from them when
/// they are first asked for. All integers are little-endian (spec/06-topology.md, "Record"):
/// <code>
/// version u8 = 1 | address[32] | sequence u64 | issued u64 ms | expires u64 ms | flags u16
/// mix key count u8    | count x { epoch u32, key[32] }      epochs strictly ascending, keys distinct
/// neighbour count u16 | count x address[32]                 strictly ascending, never the own address
/// endpoint count u8   | count x { length u8, UTF-8 }        strictly ascending bytes
/// certificate length u16 | admission certificate    its address is the record's, its end not before the record's
/// signature[64]       over "MixMq-link-state-v1" | network id[32] | all before
/// </code>
/// </remarks>
public sealed class LinkStateRecord
{
    /// <summary>The version of the layout.</summary>
    internal const byte Version = 1;

    private const int UsualBytes = 2048;
    private readonly byte[] _encoded;

    // Read from the bytes at the first use. Two threads may both do it: they make equal values, and a reference is written at once.
    private ImmutableArray<PublishedMixKey> _mixKeys;
    private ImmutableArray<NodeAddress> _neighbours;
    private ImmutableArray<string> _endpoints;
    private AdmissionCertificate? _certificate;

    private LinkStateRecord(byte[] encoded, in LinkStateHead head, RecordHash hash)
    {
        _encoded = encoded;
        Address = head.Address;
        Sequence = head.Sequence;
        IssuedUnixMillis = head.IssuedUnixMillis;
        ExpiresUnixMillis = head.ExpiresUnixMillis;
        Flags = head.Flags;
        Hash = hash;
    }

    /// <summary>Label of the signature; the network id follows it.</summary>
    public static ReadOnlySpan<byte> SignatureLabel => "MixMq-link-state-v1"u8;

    /// <summary>Bytes of label and network id before the record's own in what is signed.</summary>
    public static int SignedPrefixBytes => SignatureLabel.Length + 32;

    /// <summary>The record as it stands on the wire.</summary>
    public ReadOnlyMemory<byte> Encoded => _encoded;

    /// <summary>Everything in it but the signature, as its owner drafted it.</summary>
    public LinkStateDraft Content => new()
    {
        Address = Address,
        Sequence = Sequence,
        IssuedUnixMillis = IssuedUnixMillis,
        ExpiresUnixMillis = ExpiresUnixMillis,
        Flags = Flags,
        MixKeys = MixKeys,
        Neighbours = Neighbours,
        Endpoints = Endpoints,
        Certificate = Certificate,
    };

    /// <summary>Names the record in announcements: over what is signed.</summary>
    public RecordHash Hash { get; }

    /// <inheritdoc cref="LinkStateDraft.Address"/>
    public NodeAddress Address { get; }

    /// <inheritdoc cref="LinkStateDraft.Sequence"/>
    public ulong Sequence { get; }

    /// <inheritdoc cref="LinkStateDraft.IssuedUnixMillis"/>
    public long IssuedUnixMillis { get; }

    /// <inheritdoc cref="LinkStateDraft.ExpiresUnixMillis"/>
    public long ExpiresUnixMillis { get; }

    /// <summary>All flags, the public one included.</summary>
    public LinkStateFlags Flags { get; }

    /// <summary>How many mix keys there are, without reading them.</summary>
    internal int MixKeyCount => LinkStateParser.CountMixKeys(_encoded);

    /// <summary>By ascending epoch.</summary>
    public ImmutableArray<PublishedMixKey> MixKeys => _mixKeys.IsDefault ? _mixKeys = LinkStateParser.ReadMixKeys(_encoded) : _mixKeys;

    /// <summary>Ascending.</summary>
    public ImmutableArray<NodeAddress> Neighbours => _neighbours.IsDefault ? _neighbours = LinkStateParser.ReadNeighbours(_encoded) : _neighbours;

    /// <summary>By ascending bytes.</summary>
    public ImmutableArray<string> Endpoints => _endpoints.IsDefault ? _endpoints = LinkStateParser.ReadEndpoints(_encoded) : _endpoints;

    /// <summary>The node's admission certificate; null: it shows none. Who signed it says nothing before it is held against the network's authorities.</summary>
    public AdmissionCertificate? Certificate
    {
        get
        {
            if (_certificate is null && LinkStateParser.Certificate(_encoded) is { IsEmpty: false } bytes)
            {
                _ = AdmissionCertificate.TryParse(bytes, out _certificate);
            }

            return _certificate;
        }
    }

    /// <summary>Set before the record is verified: its certificate is that of another record whose verification has succeeded, byte by byte.</summary>
    internal bool HasVerifiedCertificate { get; set; }

    /// <summary>The 64 bytes at the end.</summary>
    public ReadOnlySpan<byte> Signature => _encoded.AsSpan(_encoded.Length - Ed25519.SignatureBytes);

    /// <summary>What the signature is over.</summary>
    /// <param name="network">The network the record was parsed for.</param>
    /// <returns>Label, network id, record up to the signature.</returns>
    public byte[] SignedMessage(NetworkDefinition network)
    {
        var message = new byte[SignedMessageBytes];
        WriteSignedMessage(network, message);
        return message;
    }

    /// <summary>
    /// Whether the record may be believed: its address is a valid Ed25519 public key, the signature holds, and each mix key is canonical,
    /// on the curve and not of small order (TOP-2); and all signatures of its admission certificate, if it has one, hold (ADM-6).
    /// About 0.3 ms, and as much for each mix key: a crypto worker's work. Thread-safe.
    /// </summary>
    /// <param name="signedMessage">What <see cref="SignedMessage"/> gives.</param>
    /// <returns>Whether all of that holds.</returns>
    public bool Verify(ReadOnlySpan<byte> signedMessage)
    {
        Span<byte> key = stackalloc byte[Ed25519.PublicKeyBytes];
        Address.CopyTo(key);
        return Ed25519.IsValidPublicKey(key) && Ed25519.Verify(key, signedMessage, Signature)
            && LinkStateParser.ReadMixKeys(_encoded).All(static published => published.Key.IsOnCurve)
            && (HasVerifiedCertificate || Certificate is null || Certificate.VerifySignatures(signedMessage.Slice(SignatureLabel.Length, NetworkDefinition.IdBytes)));
    }

    /// <summary>Whether another record shows the same certificate, byte by byte; false where there is none.</summary>
    internal bool ShowsCertificateOf(LinkStateRecord other)
    {
        var bytes = LinkStateParser.Certificate(_encoded);
        return !bytes.IsEmpty && bytes.SequenceEqual(LinkStateParser.Certificate(other._encoded));
    }

    /// <summary>Parses bytes that may come from anyone. No key and no signature is checked.</summary>
    /// <param name="encoded">Exactly one record; copied.</param>
    /// <param name="network">The network it is to belong to: part of what is signed, so of the hash too.</param>
    /// <param name="record">The record, or null.</param>
    /// <returns>What is wrong with it, or <see cref="LinkStateError.None"/>.</returns>
    public static LinkStateError TryParse(ReadOnlySpan<byte> encoded, NetworkDefinition network, out LinkStateRecord? record)
    {
        ArgumentNullException.ThrowIfNull(network);
        record = null;
        var error = LinkStateParser.Parse(encoded, out var head);
        if (error == LinkStateError.None)
        {
            record = new LinkStateRecord(encoded.ToArray(), head, HashOf(encoded[..^Ed25519.SignatureBytes], network));
        }

        return error;
    }

    /// <summary>Names these very bytes, signature included: what is remembered as verified.</summary>
    internal RecordHash ComputeExactHash()
    {
        Span<byte> both = stackalloc byte[RecordHash.Bytes + Ed25519.SignatureBytes];
        Hash.CopyTo(both);
        Signature.CopyTo(both[RecordHash.Bytes..]);
        return RecordHash.Of(both);
    }

    /// <summary>Length of what the signature is over.</summary>
    internal int SignedMessageBytes => SignedPrefixBytes + _encoded.Length - Ed25519.SignatureBytes;

    /// <summary>Writes what the signature is over.</summary>
    internal void WriteSignedMessage(NetworkDefinition network, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(network);
        WriteSigned(network, _encoded.AsSpan(0, _encoded.Length - Ed25519.SignatureBytes), destination);
    }

    private static RecordHash HashOf(ReadOnlySpan<byte> unsigned, NetworkDefinition network)
    {
        var length = SignedPrefixBytes + unsigned.Length;
        var signed = length <= UsualBytes ? stackalloc byte[UsualBytes] : new byte[length];
        WriteSigned(network, unsigned, signed);
        return RecordHash.Of(signed[..length]);
    }

    private static void WriteSigned(NetworkDefinition network, ReadOnlySpan<byte> unsigned, Span<byte> destination)
    {
        SignatureLabel.CopyTo(destination);
        network.Id.CopyTo(destination[SignatureLabel.Length..]);
        unsigned.CopyTo(destination[SignedPrefixBytes..]);
    }
}
