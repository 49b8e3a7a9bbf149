using System.Collections.Immutable;
using MixMq.Transport.Handover;
using MixMq.Transport.Keys;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>What a node of the inside hands over to its float, section <c>handOver</c> of the peer.</summary>
/// <param name="Certificate">The files of the certificate that the float shows outside; null: it has its own.</param>
/// <param name="Lists">The file of revocation lists, <c>crlFile</c>; null: none.</param>
public sealed record HandoverConfiguration(CertificateFiles? Certificate, string? Lists)
{
    internal static HandoverConfiguration? Read(ConfigurationReader reader)
    {
        var lists = reader.OptionalPath("crlFile");
        var hasCertificate = TlsSection.Keys.Any(reader.Has);
        if (reader.Has("key"))
        {
            reader.Report("key", "is for a key in a token, which doesn't leave it and so can't be handed over; attach the token to the float and set its own tls:key, or hand over a keyFile");
            _ = TlsSection.Keys.Select(reader.Optional).ToList();
            hasCertificate = false;
        }

        var certificate = hasCertificate ? TlsSection.ReadFiles(reader) : null;
        if (lists is not null && !ListsMessage.TryRead(lists, out _, out var error))
        {
            reader.Report("crlFile", error);
        }

        if (certificate is not null)
        {
            Try(reader, certificate);
        }

        return certificate is null && lists is null ? null : new HandoverConfiguration(certificate, lists);
    }

    /// <summary>What is wrong with what peers hand over together, noted on the reader.</summary>
    internal static void Check(ConfigurationReader reader, ImmutableArray<PeerConfiguration> peers, bool relays, bool expectsCertificate)
    {
        foreach (var peer in peers)
        {
            if (relays && peer.HandOver is not null)
            {
                reader.Report("peers", $"'{peer.Name}' has handOver: a float has nothing to hand over; that belongs to the node inside");
            }

            if (peer.HandsOver && !(relays && peer is { Inner: true, Accept: true }))
            {
                reader.Report("peers", $"'{peer.Name}' has handsOver: true, which is for a float's peers with inner: true and accept: true");
            }

            if (peer.Trust is ChainTrust { Revocation.IsHandedOver: true } && (peer.Inner || !peers.Any(other => other.HandsOver)))
            {
                reader.Report(
                    "peers",
                    peer.Inner
                        ? $"'{peer.Name}' is inner and has trust:crlHandedOver: its own link must be up before lists come; set trust:crlFile"
                        : $"'{peer.Name}' has trust:crlHandedOver, but no peer has handsOver: true");
            }
        }

        if (expectsCertificate && !peers.Any(peer => peer is { HandsOver: true, Activates: true }))
        {
            reader.Report("tls:publicHandedOver", "is true, but no peer has both handsOver: true and activates: true, so no certificate would ever come");
        }
    }

    private static void Try(ConfigurationReader reader, CertificateFiles files)
    {
        try
        {
            using var certificate = files.Load();
            if (!CertificateMessage.TryWrite(certificate, out var message, out var error))
            {
                reader.Report("", error);
            }

            message?.Dispose();
        }
        catch (KeyFileException e)
        {
            reader.Report("", e.Message);
        }
    }
}
