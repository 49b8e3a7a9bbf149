using System.Text;
using MixMq.Crypto;
using MixMq.Transport.Keys;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Keys;

public sealed class NodeIdentityTests : IDisposable
{
    /// <summary>RFC 8410, section 10.3: the key of its example.</summary>
    private const string Rfc8410Key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    private const string Rfc8410Public = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_key_as_openssl_writes_it_loads()
    {
        using var identity = NodeIdentity.Load(_folder.Write("identity.key", Rfc8410Key));
        Assert.Equal(Rfc8410Public, Convert.ToHexStringLower(identity.Address.ToArray()));
        var signature = new byte[Ed25519.SignatureBytes];
        identity.Sign("message"u8, signature);
        Assert.True(Ed25519.Verify(identity.Address.ToArray(), "message"u8, signature));
    }

    [Fact]
    public void A_created_key_loads_again_and_is_open_to_its_owner_alone()
    {
        var file = _folder.File("identity.key");
        using var created = NodeIdentity.Create(file);
        using var loaded = NodeIdentity.Load(file);
        Assert.Equal(created.Address, loaded.Address);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_key_is_never_overwritten()
    {
        var file = _folder.Write("identity.key", Rfc8410Key);
        Assert.Contains("exists already", Assert.Throws<KeyFileException>(() => NodeIdentity.Create(file)).Message, StringComparison.Ordinal);
        Assert.Equal(Rfc8410Key, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("640")]
    [InlineData("604")]
    [InlineData("700")]
    [InlineData("666")]
    public void A_mode_wider_than_0600_is_refused(string mode)
    {
        var file = _folder.Write("identity.key", Rfc8410Key, (UnixFileMode)Convert.ToInt32(mode, 8));
        var message = Assert.Throws<KeyFileException>(() => NodeIdentity.Load(file)).Message;
        Assert.Contains($"mode 0{mode}", message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stricter_mode_is_fine()
    {
        using var identity = NodeIdentity.Load(_folder.Write("identity.key", Rfc8410Key, UnixFileMode.UserRead));
        Assert.Equal(Rfc8410Public, Convert.ToHexStringLower(identity.Address.ToArray()));
    }

    public static TheoryData<string> NoKeys => new()
    {
        "",
        "hello",
        Rfc8410Key.Replace("PRIVATE", "PUBLIC", StringComparison.Ordinal),
        Rfc8410Key.Replace("MC4CAQAwBQYDK2Vw", "MC4CAQAwBQYDK2Vu", StringComparison.Ordinal),
        Rfc8410Key.Replace("MC4C", "", StringComparison.Ordinal),
        Rfc8410Key[..60],
        new string('-', 60_000),
        new string('x', 70_000),
    };

    [Theory]
    [MemberData(nameof(NoKeys))]
    public void Whatever_else_a_file_holds_is_refused_without_quoting_it(string content)
    {
        var file = _folder.Write("identity.key", content);
        var message = Assert.Throws<KeyFileException>(() => NodeIdentity.Load(file)).Message;
        Assert.DoesNotContain("MC4C", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_said_to_be_missing() =>
        Assert.Contains("does not exist", Assert.Throws<KeyFileException>(() => NodeIdentity.Load(_folder.File("none"))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_pem_form_round_trips()
    {
        var seed = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");
        var parsed = new byte[32];
        Assert.True(Ed25519PrivateKeyPem.TryParse(Ed25519PrivateKeyPem.Format(seed), parsed));
        Assert.Equal(seed, parsed);
    }
}
