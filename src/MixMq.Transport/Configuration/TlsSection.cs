using MixMq.Transport.Keys;
using MixMq.Transport.Tls;
using MixMq.Transport.Tokens;

namespace MixMq.Transport.Configuration;

/// <summary>Section <c>tls</c>: the node's own certificate.</summary>
internal static class TlsSection
{
    internal static (CertificateFiles? Files, LocalCertificate? Certificate) Read(ConfigurationReader reader)
    {
        var files = ReadFiles(reader);
        if (files is null)
        {
            return (null, null);
        }

        try
        {
            return (files, files.Load());
        }
        catch (KeyFileException e)
        {
            reader.Report("", e.Message, e.Code);
            return (null, null);
        }
    }

    /// <summary>Keys of which one at least is there where a certificate is configured.</summary>
    internal static readonly string[] Keys = ["certificateFile", "keyFile", "key", "pkcs12File", "passwordFile"];

    internal static CertificateFiles? ReadFiles(ConfigurationReader reader)
    {
        if (reader.Has("pkcs12File") || reader.Has("passwordFile"))
        {
            var bundle = reader.RequiredPath("pkcs12File", "the PKCS#12 file of the node's TLS certificate, key and intermediates");
            var password = reader.RequiredPath("passwordFile", "the file with the password of pkcs12File, mode 0600");
            if (reader.Has("certificateFile") || reader.Has("keyFile") || reader.Has("key"))
            {
                reader.Report("", "set certificateFile and keyFile or key (PEM), or pkcs12File and passwordFile (PKCS#12), not both");
                _ = (reader.OptionalPath("certificateFile"), reader.OptionalPath("keyFile"), reader.Optional("key"));
                return null;
            }

            return bundle.Length == 0 || password.Length == 0 ? null : CertificateFiles.Pkcs12(bundle, password);
        }

        var certificate = reader.RequiredPath("certificateFile", "the PEM file of the node's TLS certificate, intermediates after it (or set pkcs12File and passwordFile)");
        if (reader.Has("key"))
        {
            return ReadToken(reader, certificate);
        }

        var key = reader.RequiredPath("keyFile", "the PEM file of the TLS certificate's private key (or set key, where it is in a token)");
        return certificate.Length == 0 || key.Length == 0 ? null : CertificateFiles.Pem(certificate, key);
    }

    private static CertificateFiles? ReadToken(ConfigurationReader reader, string certificate)
    {
        var text = reader.Required("key", "where the private key is in a PKCS#11 token");
        if (reader.Has("keyFile"))
        {
            reader.Report("", "set keyFile, or key for a key in a token, not both");
            _ = reader.OptionalPath("keyFile");
            return null;
        }

        if (!TokenUri.TryParse(text, reader.BaseDirectory, Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY"), out var uri, out var error))
        {
            reader.Report("key", error);
            return null;
        }

        return certificate.Length == 0 ? null : CertificateFiles.Token(certificate, uri);
    }
}
