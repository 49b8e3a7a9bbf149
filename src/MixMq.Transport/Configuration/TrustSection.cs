using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>Section <c>trust</c> of a peer: which certificates it may show.</summary>
internal static class TrustSection
{
    private const string Choice =
        "set exactly one of caFile (a PEM file of the peer's CA), pinnedKey (sha256:… of the peer's certificate key) and system: true (with dnsName or subject)";

    internal static TrustPolicy? Read(ConfigurationReader reader)
    {
        var before = reader.ErrorCount;
        var file = reader.OptionalPath("caFile");
        var pin = reader.OptionalValue<CertificatePin>("pinnedKey", CertificatePin.TryParse, "write sha256: and the 64 hex digits of the key's SHA-256");
        var system = reader.Boolean("system", false);
        var name = ReadName(reader);
        if ((reader.Has("caFile") ? 1 : 0) + (reader.Has("pinnedKey") ? 1 : 0) + (system ? 1 : 0) != 1)
        {
            reader.Report("", Choice);
        }
        else if (reader.Has("pinnedKey") && name is not null)
        {
            reader.Report("", "pinnedKey takes no dnsName or subject: the key alone decides");
        }
        else if (system && !reader.Has("dnsName") && !reader.Has("subject"))
        {
            reader.Report("", "system: true needs dnsName or subject: the system's CAs issue to anybody");
        }

        if (reader.ErrorCount > before)
        {
            return null;
        }

        return system ? ReadSystem(reader, name!) : file is null ? new PinnedKeyTrust(pin) : ReadCaFile(reader, file, name);
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

    private static SystemTrust? ReadSystem(ConfigurationReader reader, RequiredName name)
    {
        if (SystemStore.TryOpen(out var store, out var error))
        {
            return new SystemTrust(store!, name);
        }

        reader.Report("system", error);
        return null;
    }

    private static CaFileTrust? ReadCaFile(ConfigurationReader reader, string file, RequiredName? name)
    {
        if (!CaFileTrust.TryLoad(file, name, out var trust, out var error))
        {
            reader.Report("caFile", error);
        }

        return trust;
    }
}
