using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Tests;

public sealed class MixKeyTests
{
    [Fact]
    [Trait("Spec", "SPX-4")]
    [Trait("Spec", "MIX-7")]
    public void A_disposed_key_has_no_new_users_and_lives_until_its_last_one_leaves()
    {
        var key = MixKey.Generate(3, 10, new SeededRandomSource(1));
        Assert.True(key.TryAcquire());
        Assert.True(key.TryAcquire());
        key.Dispose();
        Assert.True(key.IsDisposed);
        Assert.False(key.TryAcquire());
        key.Release();
        Assert.Equal(32, key.Secret.Length);
        key.Release();
        Assert.Throws<ObjectDisposedException>(() => key.Secret.Length);
        key.Dispose();
        Assert.False(key.TryAcquire());
    }

    [Fact]
    [Trait("Spec", "MIX-7")]
    public void Users_on_many_threads_never_meet_a_destroyed_secret()
    {
        for (var round = 0; round < 50; round++)
        {
            var key = MixKey.Generate(3, 10, new SeededRandomSource(round));
            var uses = 0;
            Parallel.For(0, 4, worker =>
            {
                if (worker == 3)
                {
                    key.Dispose();
                    return;
                }

                for (var i = 0; i < 100 && key.TryAcquire(); i++)
                {
                    Interlocked.Add(ref uses, key.Secret.Length);
                    key.Release();
                }
            });
            Assert.Equal(0, uses % 32);
            Assert.Throws<ObjectDisposedException>(() => key.Secret.Length);
        }
    }

    [Fact]
    public void Its_public_half_is_on_the_curve_and_stays_readable()
    {
        var key = MixKey.Generate(3, 10, new SeededRandomSource(1));
        var same = key.Public;
        key.Dispose();
        Assert.Equal(same, key.Public);
        Assert.True(same.IsOnCurve);
        Assert.Equal(3u, key.Epoch);
    }

    [Fact]
    [Trait("Spec", "SPX-3")]
    public void A_public_key_on_the_twist_or_of_small_order_is_told_from_a_good_one()
    {
        Assert.False(MixPublicKey.FromBytes(Convert.FromHexString("0200000000000000000000000000000000000000000000000000000000000000")).IsOnCurve);
        Assert.False(default(MixPublicKey).IsOnCurve);
        Assert.True(MixPublicKey.FromBytes(Convert.FromHexString("0900000000000000000000000000000000000000000000000000000000000000")).IsOnCurve);
    }
}
