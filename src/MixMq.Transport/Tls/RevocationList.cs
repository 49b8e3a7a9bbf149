using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>One certificate revocation list (RFC 5280, section 5), parsed; its signature is checked when a certificate is judged by it. Thread-safe.</summary>
/// <remarks>
/// <code>
/// TBSCertList = SEQUENCE { version INTEGER 1 OPTIONAL, algorithm, issuer Name, thisUpdate Time, nextUpdate Time OPTIONAL,
///                          SEQUENCE OF SEQUENCE { serial INTEGER, date Time, extensions OPTIONAL } OPTIONAL, [0] extensions OPTIONAL }
/// </code>
/// Complete lists, and lists of a distribution point, count; delta and indirect lists, and those for some reasons alone, don't: they
/// have critical extensions by which they are known.
/// </remarks>
internal sealed class RevocationList
{
    private const string DistributionPoint = "2.5.29.28";
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0);
    private readonly SignedDer _der;
    private readonly HashSet<string> _serials;
    private readonly byte[] _issuer;
    private readonly ImmutableArray<string> _points;
    private Check? _last;

    private RevocationList(ReadOnlyMemory<byte> encoded, SignedDer der, byte[] issuer, DateTimeOffset from, DateTimeOffset? until, HashSet<string> serials, ImmutableArray<string> points)
    {
        Encoded = encoded;
        _der = der;
        _issuer = issuer;
        ThisUpdate = from;
        NextUpdate = until;
        _serials = serials;
        _points = points;
    }

    /// <summary>Its DER.</summary>
    internal ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>When it was made.</summary>
    internal DateTimeOffset ThisUpdate { get; }

    /// <summary>By when a newer one is there; null: it doesn't say, so it never counts as valid.</summary>
    internal DateTimeOffset? NextUpdate { get; }

    /// <summary>Reads the DER of a list. False: it is none, or one of a kind that isn't used.</summary>
    internal static bool TryParse(ReadOnlyMemory<byte> bytes, out RevocationList? list)
    {
        list = null;
        try
        {
            var der = SignedDer.Parse(bytes);
            var reader = new AsnReader(der.Signed, AsnEncodingRules.DER).ReadSequence();
            if (reader.PeekTag().HasSameClassAndValue(Asn1Tag.Integer) && (!reader.TryReadInt32(out var version) || version != 1))
            {
                return false;
            }

            var algorithm = reader.ReadSequence().ReadObjectIdentifier();
            var issuer = reader.ReadEncodedValue().ToArray();
            var from = ReadTime(reader);
            DateTimeOffset? until = reader.HasData && IsTime(reader.PeekTag()) ? ReadTime(reader) : null;
            var serials = new HashSet<string>(StringComparer.Ordinal);
            if (reader.HasData && reader.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            {
                for (var entries = reader.ReadSequence(); entries.HasData;)
                {
                    serials.Add(Plain(entries.ReadSequence().ReadIntegerBytes().Span));
                }
            }

            if (algorithm != der.Algorithm || !TryReadExtensions(reader, out var points))
            {
                return false;
            }

            reader.ThrowIfNotEmpty();
            list = new RevocationList(bytes, der, issuer, from, until, serials, points);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>What this list says of a certificate.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="issuer">The CA that issued it, from a chain that was found good.</param>
    /// <param name="now">Time at which the list must be valid to clear it.</param>
    internal RevocationAnswer Judge(X509Certificate2 certificate, X509Certificate2 issuer, DateTimeOffset now)
    {
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(_issuer) || !IsSignedBy(issuer))
        {
            return RevocationAnswer.Unknown;
        }

        // What was revoked stays so, however old the list.
        if (_serials.Contains(Plain(certificate.SerialNumberBytes.Span)))
        {
            return RevocationAnswer.Revoked;
        }

        var covers = _points.IsEmpty || CrlDistributionPoints.Of(certificate).Any(_points.Contains);
        return covers && ThisUpdate <= now && now <= NextUpdate ? RevocationAnswer.NotRevoked : RevocationAnswer.Unknown;
    }

    private static bool TryReadExtensions(AsnReader reader, out ImmutableArray<string> points)
    {
        points = [];
        if (!reader.HasData)
        {
            return true;
        }

        for (var extensions = reader.ReadSequence(Extensions).ReadSequence(); extensions.HasData;)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            if (oid == DistributionPoint ? !CrlDistributionPoints.TryReadIssuing(value, out points) : critical)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsTime(Asn1Tag tag) => tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static string Plain(ReadOnlySpan<byte> serial) => Convert.ToHexString(serial.TrimStart((byte)0));

    /// <summary>Checked once for each key: a list of a large CA has megabytes.</summary>
    private bool IsSignedBy(X509Certificate2 issuer)
    {
        var key = issuer.PublicKey.ExportSubjectPublicKeyInfo();
        if (Volatile.Read(ref _last) is { } last && last.Key.AsSpan().SequenceEqual(key))
        {
            return last.Signed;
        }

        bool signed;
        try
        {
            signed = issuer.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign))
                && _der.IsSignedBy(issuer.PublicKey) == true;
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            // Of a curve that isn't known here, too.
            signed = false;
        }

        Volatile.Write(ref _last, new Check(key, signed));
        return signed;
    }

    private sealed record Check(byte[] Key, bool Signed);
}
