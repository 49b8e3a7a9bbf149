using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Keys;

namespace MixMq.Transport.Tokens;

/// <summary>A certificate whose private key stays in a PKCS#11 token: each handshake has its signature made there.</summary>
internal static class TokenKey
{
    private const string NotIts = "the private key in the token is not that of the first certificate in";

    /// <summary>The certificate with its key, which has signed once to show that it can, and that it is the certificate's.</summary>
    /// <param name="certificate">Without private key; ECDSA or RSA.</param>
    /// <param name="certificateFile">Its file, for messages.</param>
    /// <param name="uri">Where the key is.</param>
    /// <exception cref="KeyFileException">The key can't be used; the message says why.</exception>
    internal static X509Certificate2 Join(X509Certificate2 certificate, string certificateFile, TokenUri uri)
    {
        var pin = ReadPin(uri);
        try
        {
            TokenModule.Load(uri.ModulePath).Check(uri, pin.AsSpan(0, pin.Length - 1));
            OpenSslEngine.Configure(uri.ModulePath, pin);
        }
        finally
        {
            KeyFile.Clear(pin);
        }

        try
        {
            using var handle = OpenSslEngine.Open(uri);
            return certificate.GetKeyAlgorithm() switch
            {
                Oids.EcPublicKey => JoinEcdsa(certificate, handle),
                Oids.Rsa => JoinRsa(certificate, handle),
                _ => throw new KeyFileException($"the first certificate in '{certificateFile}' is for another kind of key than ECDSA and RSA") { Code = "other-key" },
            } ?? throw new KeyFileException($"{NotIts} '{certificateFile}'; make the certificate for this key, or name the right one") { Code = "other-key" };
        }
        catch (ArgumentException e)
        {
            throw new KeyFileException($"{NotIts} '{certificateFile}'; make the certificate for this key, or name the right one", e) { Code = "other-key" };
        }
        catch (CryptographicException e)
        {
            throw new KeyFileException($"the private key '{uri.Key}' is in the token, but can't be used to sign there; it needs to be an ECDSA or RSA key that may sign, and the module must be able to write the files that it keeps itself", e) { Code = "cannot-sign" };
        }
    }

    private static X509Certificate2? JoinEcdsa(X509Certificate2 certificate, SafeEvpPKeyHandle handle)
    {
        using var key = new ECDsaOpenSsl(handle);
        var joined = certificate.CopyWithPrivateKey(key);
        using var its = certificate.GetECDsaPublicKey()!;
        var hash = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        return its.VerifyHash(hash, key.SignHash(hash)) ? joined : Unjoined(joined);
    }

    private static X509Certificate2? JoinRsa(X509Certificate2 certificate, SafeEvpPKeyHandle handle)
    {
        using var key = new RSAOpenSsl(handle);
        var joined = certificate.CopyWithPrivateKey(key);
        using var its = certificate.GetRSAPublicKey()!;
        var hash = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

        // PSS, which TLS 1.3 asks for.
        return its.VerifyHash(hash, key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), HashAlgorithmName.SHA256, RSASignaturePadding.Pss) ? joined : Unjoined(joined);
    }

    private static X509Certificate2? Unjoined(X509Certificate2 joined)
    {
        joined.Dispose();
        return null;
    }

    // Ends with a zero byte.
    private static byte[] ReadPin(TokenUri uri)
    {
        var content = ReadPinFile(uri);
        try
        {
            var end = content.AsSpan().IndexOfAny((byte)'\r', (byte)'\n');
            end = end < 0 ? content.Length : end;
            if (end == 0 || content.AsSpan(0, end).Contains((byte)0))
            {
                throw new KeyFileException($"'{uri.PinFile}' has no PIN on its first line") { Code = "no-pin" };
            }

            var pin = GC.AllocateUninitializedArray<byte>(end + 1, pinned: true);
            content.AsSpan(0, end).CopyTo(pin);
            pin[end] = 0;
            return pin;
        }
        finally
        {
            KeyFile.Clear(content);
        }
    }

    private static byte[] ReadPinFile(TokenUri uri)
    {
        try
        {
            return KeyFile.Read(uri.PinFile, uri.IsCredential);
        }
        catch (KeyFileException e)
        {
            throw new KeyFileException($"the PIN of the token: {e.Message}", e) { Code = "pin-file" };
        }
    }

    private static class Oids
    {
        internal const string EcPublicKey = "1.2.840.10045.2.1";
        internal const string Rsa = "1.2.840.113549.1.1.1";
    }
}
