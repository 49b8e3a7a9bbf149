using MixMq.Transport.Tokens;

namespace MixMq.Transport.Tests.Tokens;

/// <summary>RFC 7512 as far as it is known here; what isn't is refused with what to write instead.</summary>
public sealed class TokenUriTests
{
    private const string Module = "module-path=/usr/lib/m.so";
    private const string Pin = "pin-source=file:/etc/pin";

    [Fact]
    public void A_uri_says_token_key_module_and_pin_file()
    {
        Assert.True(Parse($"pkcs11:token=Bank%20A;serial=0a1b;object=tls%3B1;id=%01%Fe;type=private?{Module}&pin-source=file:pins/one", out var uri, out var error), error);
        Assert.Equal(("/usr/lib/m.so", "/base/pins/one", false), (uri!.ModulePath, uri.PinFile, uri.IsCredential));

        // What the engine is told, and so what it may print, has neither module nor PIN file.
        Assert.Equal("pkcs11:id=%01%fe;object=tls%3b1;serial=0a1b;token=Bank%20A;type=private", uri.Path);
    }

    [Fact]
    public void A_pin_may_be_a_credential_of_the_service()
    {
        Assert.True(Parse($"pkcs11:token=a;object=b?{Module}&pin-source=credential:hsm-pin", out var uri, out var error), error);
        Assert.Equal(("/run/credentials/x/hsm-pin", true), (uri!.PinFile, uri.IsCredential));
        Assert.False(TokenUri.TryParse($"pkcs11:token=a;object=b?{Module}&pin-source=credential:hsm-pin", "/base", credentials: null, out _, out error));
        Assert.Contains("LoadCredential=hsm-pin:", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"/etc/tls.key", "RFC 7512")]
    [InlineData($"pkcs11:object=b?{Module}&{Pin}", "which token")]
    [InlineData($"pkcs11:token=a?{Module}&{Pin}", "which key")]
    [InlineData($"pkcs11:token=a;object=b?{Pin}", "module-path=/")]
    [InlineData($"pkcs11:token=a;object=b?module-path=m.so&{Pin}", "absolute path")]
    [InlineData($"pkcs11:token=a;object=b?{Module}", "pin-source=file:")]
    [InlineData($"pkcs11:token=a;object=b?{Module}&pin-source=|cat /etc/pin", "'pin-source'")]
    [InlineData($"pkcs11:token=a;object=b?{Module}&pin-source=credential:../pin", "pin-source=file:")]
    [InlineData($"pkcs11:token=a;object=b?{Module}&pin-source=credential:..", "pin-source=file:")]
    [InlineData($"pkcs11:token=a;object=b?{Module}&pin-value=1234", "pin-value")]
    [InlineData($"pkcs11:token=a;object=b;pin-value=1234?{Module}&{Pin}", "pin-value")]
    [InlineData($"pkcs11:token=a;object=b;type=public?{Module}&{Pin}", "type other than private")]
    [InlineData($"pkcs11:token=a;object=b;object=c?{Module}&{Pin}", "'object'")]
    [InlineData($"pkcs11:token=a;object=b;slot-id=1?{Module}&{Pin}", "'slot-id'")]
    [InlineData($"pkcs11:token=a;object=%0?{Module}&{Pin}", "'object'")]
    [InlineData($"pkcs11:token=a;object=%00?{Module}&{Pin}", "'object'")]
    [InlineData($"pkcs11:token=a;object=?{Module}&{Pin}", "'object'")]
    [InlineData($"pkcs11:token=a b;object=b?{Module}&{Pin}", "'token'")]
    public void What_is_wrong_is_said_and_no_pin_is_shown(string text, string reason)
    {
        Assert.False(Parse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", error, StringComparison.Ordinal);
    }

    private static bool Parse(string text, out TokenUri? uri, out string error) => TokenUri.TryParse(text, "/base", "/run/credentials/x", out uri, out error);
}
