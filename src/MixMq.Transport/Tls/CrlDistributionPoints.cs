using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>
/// Where a CA says that lists are: in a certificate (RFC 5280, section 4.2.1.13), and in a list that holds a part of the CA's certificates
/// (section 5.2.5). Addresses are compared and never asked.
/// </summary>
internal static class CrlDistributionPoints
{
    private const string Extension = "2.5.29.31";
    private const int UriTag = 6;
    private static readonly Asn1Tag First = new(TagClass.ContextSpecific, 0);

    /// <summary>The URIs in a certificate; none when they can't be read.</summary>
    internal static ImmutableArray<string> Of(X509Certificate2 certificate)
    {
        try
        {
            var uris = ImmutableArray.CreateBuilder<string>();
            foreach (var extension in certificate.Extensions.Where(extension => extension.Oid?.Value == Extension))
            {
                for (var points = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence(); points.HasData;)
                {
                    var point = points.ReadSequence();
                    if (point.HasData && point.PeekTag().HasSameClassAndValue(First))
                    {
                        ReadName(point.ReadSequence(First), uris);
                    }
                }
            }

            return uris.ToImmutable();
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    /// <summary>Reads the extension of a list. False: the list is indirect, or for some reasons or attribute certificates alone.</summary>
    /// <exception cref="AsnContentException">It is malformed.</exception>
    internal static bool TryReadIssuing(ReadOnlyMemory<byte> value, out ImmutableArray<string> uris)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        var reader = new AsnReader(value, AsnEncodingRules.DER).ReadSequence();
        var named = false;
        uris = [];
        while (reader.HasData)
        {
            var tag = reader.PeekTag();
            switch (tag.TagClass == TagClass.ContextSpecific ? tag.TagValue : -1)
            {
                case 0:
                    named = true;
                    ReadName(reader.ReadSequence(First), found);
                    break;
                case 1 or 2:
                    // Of users or of CAs alone: a certificate of the other kind has another distribution point.
                    reader.ReadBoolean(tag);
                    break;
                default:
                    return false;
            }
        }

        uris = found.ToImmutable();

        // Without a point that can be compared it can't be said what the list covers.
        return named && found.Count > 0;
    }

    private static void ReadName(AsnReader name, ImmutableArray<string>.Builder uris)
    {
        if (!name.HasData || !name.PeekTag().HasSameClassAndValue(First))
        {
            return;
        }

        for (var names = name.ReadSequence(First); names.HasData;)
        {
            var tag = names.PeekTag();
            if (tag is { TagClass: TagClass.ContextSpecific, TagValue: UriTag })
            {
                uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
            }
            else
            {
                names.ReadEncodedValue();
            }
        }
    }
}
