using MixMq.Crypto;

namespace MixMq.Transport.Dialling;

/// <summary>User and password for a proxy, in secret memory for as long as the process dials.</summary>
public sealed class ProxyCredentials : IDisposable
{
    /// <summary>The most that RFC 1929 has room for, in each of the two.</summary>
    internal const int MaxBytes = 255;

    private readonly SecretBytes _both;
    private readonly int _user;

    private ProxyCredentials(SecretBytes both, int user)
    {
        _both = both;
        _user = user;
    }

    internal ReadOnlySpan<byte> User => _both.Span[.._user];

    internal ReadOnlySpan<byte> Password => _both.Span[_user..];

    /// <summary>Zeroes them.</summary>
    public void Dispose() => _both.Dispose();

    /// <summary>Reads a file of two lines, the user and the password. Null: it is none, or one of them can't be sent.</summary>
    /// <param name="content">The file's bytes; clearing them is the caller's part.</param>
    internal static ProxyCredentials? Parse(ReadOnlySpan<byte> content)
    {
        var end = content.IndexOf((byte)'\n');
        if (end < 0)
        {
            return null;
        }

        var user = content[..end].TrimEnd((byte)'\r');
        var password = content[(end + 1)..];
        var rest = password.IndexOf((byte)'\n');
        password = (rest < 0 ? password : rest == password.Length - 1 ? password[..rest] : default).TrimEnd((byte)'\r');

        // A colon in the user would move into the password of Basic credentials; control characters are in none.
        if (user.Length is 0 or > MaxBytes || password.Length is 0 or > MaxBytes || user.Contains((byte)':') || HasControl(user) || HasControl(password))
        {
            return null;
        }

        var both = new SecretBytes(user.Length + password.Length);
        user.CopyTo(both.Span);
        password.CopyTo(both.Span[user.Length..]);
        return new ProxyCredentials(both, user.Length);
    }

    private static bool HasControl(ReadOnlySpan<byte> text) => text.ContainsAnyInRange((byte)0, (byte)0x1f) || text.Contains((byte)0x7f);
}
