using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Crypto.Tests;

public sealed class SecretBytesTests
{
    [Fact]
    public void A_new_secret_is_zero_and_holds_what_is_written()
    {
        using var secret = new SecretBytes(5000);
        Assert.Equal(5000, secret.Length);
        Assert.False(secret.Span.ContainsAnyExcept((byte)0));
        secret.Span.Fill(7);
        Assert.False(secret.Span.ContainsAnyExcept((byte)7));
    }

    [Fact]
    public void A_disposed_secret_can_not_be_read_and_disposing_again_does_nothing()
    {
        var secret = SecretBytes.Random(32, new SeededRandomSource(1));
        secret.Dispose();
        secret.Dispose();
        Assert.Throws<ObjectDisposedException>(() => secret.Span.Length);
    }

    [Fact]
    public void Equal_secrets_are_not_equal_objects_and_print_nothing()
    {
        using var one = SecretBytes.CopyOf("secret"u8);
        using var two = SecretBytes.CopyOf("secret"u8);
        Assert.False(one.Equals(two));
        Assert.Null(typeof(SecretBytes).GetMethod(nameof(ToString), System.Reflection.BindingFlags.DeclaredOnly | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance));
    }

    [Fact]
    public void Zero_pages_are_zero_to_the_last_byte_and_guard_their_bounds()
    {
        using var pages = new ZeroPages(10_000_000_000);
        pages.Slice(9_999_999_990, 10).Fill(1);
        Assert.False(pages.Slice(0, 4096).ContainsAnyExcept((byte)0));
        Assert.Throws<ArgumentOutOfRangeException>(() => pages.Slice(9_999_999_991, 10).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => pages.Slice(-1, 10).Length);
        pages.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pages.Slice(0, 1).Length);
    }
}
