using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>Section <c>trust</c> of a peer: which certificates it may show.</summary>
internal static class TrustSection
{
    internal const string ModeForm = "one of off, soft, hard";

    private const string Choice =
        "set exactly one of caFile (a PEM file of the peer's CA), pinnedKey (sha256:… of the peer's certificate key) and system: true (with dnsName or subject)";

    internal static TrustPolicy? Read(ConfigurationReader reader, RevocationDefaults defaults)
    {
        var before = reader.ErrorCount;
        var file = reader.OptionalPath("caFile");
        var pin = reader.OptionalValue<CertificatePin>("pinnedKey", CertificatePin.TryParse, "write sha256: and the 64 hex digits of the key's SHA-256");
        var system = reader.Boolean("system", false);
        var name = ReadName(reader);
        var revocation = ReadRevocation(reader, defaults);
        if ((reader.Has("caFile") ? 1 : 0) + (reader.Has("pinnedKey") ? 1 : 0) + (system ? 1 : 0) != 1)
        {
            reader.Report("", Choice);
        }
        else if (reader.Has("pinnedKey") && name is not null)
        {
            reader.Report("", "pinnedKey takes no dnsName or subject: the key alone decides");
        }
        else if (reader.Has("pinnedKey") && (reader.Has("revocation") || reader.Has("crlFile") || reader.Has("crlHandedOver")))
        {
            reader.Report("", "pinnedKey takes no revocation, crlFile or crlHandedOver: the key alone decides, and who no longer trusts it removes the peer");
        }
        else if (system && !reader.Has("dnsName") && !reader.Has("subject"))
        {
            reader.Report("", "system: true needs dnsName or subject: the system's CAs issue to anybody");
        }

        if (reader.ErrorCount > before)
        {
            return null;
        }

        return system ? ReadSystem(reader, name!, revocation) : file is null ? new PinnedKeyTrust(pin) : ReadCaFile(reader, file, name, revocation);
    }

    private static RequiredName? ReadName(ConfigurationReader reader)
    {
        var dns = reader.OptionalValue<RequiredDnsName>("dnsName", RequiredDnsName.TryParse, RequiredDnsName.Form);
        var subject = reader.OptionalValue<RequiredSubject>("subject", RequiredSubject.TryParse, RequiredSubject.Form);
        if (reader.Has("dnsName") && reader.Has("subject"))
        {
            reader.Report("", "set dnsName or subject, not both");
        }

        return dns is null ? subject : dns;
    }

    internal static bool TryParseMode(string text, out RevocationMode mode) =>
        Enum.TryParse(text, ignoreCase: true, out mode) && Enum.IsDefined(mode) && !char.IsAsciiDigit(text[0]);

    private static Revocation? ReadRevocation(ConfigurationReader reader, RevocationDefaults defaults)
    {
        var file = reader.OptionalPath("crlFile");
        var handed = reader.Boolean("crlHandedOver", false);
        var mode = reader.OptionalValue<RevocationMode>("revocation", TryParseMode, ModeForm, defaults.Mode);
        if (reader.Has("pinnedKey") || (mode == RevocationMode.Off && file is null && !handed))
        {
            return null;
        }

        if (mode == RevocationMode.Off)
        {
            reader.Report(handed ? "crlHandedOver" : "crlFile", "is given, but revocation is off; set trust:revocation or tls:revocation to soft or hard");
            return null;
        }

        if (file is null != handed)
        {
            reader.Report("", "revocation needs crlFile (the revocation lists of the peer's CAs, which are not fetched) or crlHandedOver: true, not both; or set trust:revocation to off");
            return null;
        }

        if (file is null)
        {
            return Revocation.HandedOver(defaults.Handed, mode);
        }

        if (!Revocation.TryLoad(file, mode, out var revocation, out var error))
        {
            reader.Report("crlFile", error);
        }

        return revocation;
    }

    private static SystemTrust? ReadSystem(ConfigurationReader reader, RequiredName name, Revocation? revocation)
    {
        if (SystemStore.TryOpen(out var store, out var error))
        {
            return new SystemTrust(store!, name, revocation);
        }

        reader.Report("system", error);
        return null;
    }

    private static CaFileTrust? ReadCaFile(ConfigurationReader reader, string file, RequiredName? name, Revocation? revocation)
    {
        if (!CaFileTrust.TryLoad(file, name, revocation, out var trust, out var error))
        {
            reader.Report("caFile", error);
        }

        return trust;
    }
}
