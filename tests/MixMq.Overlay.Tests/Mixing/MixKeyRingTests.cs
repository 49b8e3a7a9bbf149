using MixMq.Overlay.Mixing;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Mixing;

public class MixKeyRingTests
{
    // Epoch 100 s, skew 5 s, grace 10 s (five links at a cap of one second, and the skew).
    private static readonly NetworkParameters Network = World.SmallParameters(epochSeconds: 100);
    private readonly MixKeyRing _ring = new(Network);
    private readonly SeededRandomSource _random = new(1);
    private RecordingSink _sink = new();

    [Fact]
    [Trait("Spec", "MIX-4")]
    public void The_current_key_and_the_next_two_are_asked_for()
    {
        Update(1_000_000);
        Assert.Equal([10u, 11u, 12u], _sink.MixKeys);
        Assert.Equal([10u, 11u, 12u], _ring.Published().Select(key => key.Epoch));
        Update(1_100_000);
        Assert.Equal([10u, 11u, 12u, 13u], _sink.MixKeys);
        Assert.Equal([11u, 12u, 13u], _ring.Published().Select(key => key.Epoch));
    }

    [Theory]
    [Trait("Spec", "MIX-6")]
    [InlineData(1_000_000, 10)]
    [InlineData(1_094_999, 10)]
    [InlineData(1_095_000, 10, 11)]
    [InlineData(1_099_999, 10, 11)]
    public void The_coming_key_is_accepted_in_the_last_seconds_of_skew(long unixMillis, params int[] epochs)
    {
        Update(1_000_000);
        Update(unixMillis);
        Assert.Equal(epochs, Candidates());
    }

    [Theory]
    [Trait("Spec", "MIX-6")]
    [Trait("Spec", "MIX-7")]
    [InlineData(1_100_000, 11, 10)]
    [InlineData(1_109_999, 11, 10)]
    [InlineData(1_110_000, 11)]
    public void The_old_key_is_accepted_during_the_grace_and_then_destroyed(long unixMillis, params int[] epochs)
    {
        Update(1_000_000);
        var old = _ring.Candidates.Span[0];
        Update(unixMillis);
        Assert.Equal(epochs, Candidates());
        Assert.Equal(epochs.Length == 1, old.IsDisposed);
        Assert.Equal(epochs.Length == 2, _ring.Epochs.Contains(10u));
    }

    [Fact]
    [Trait("Spec", "MIX-8")]
    public void A_clock_that_is_set_does_no_harm()
    {
        Update(1_000_000);
        Update(9_000_000);
        Assert.Equal([90], Candidates());
        Assert.Equal([90u, 91u, 92u], _ring.Epochs);
        Update(1_000_000);
        Assert.Equal([10], Candidates());
        Assert.Equal([10u, 11u, 12u], _ring.Epochs);
    }

    [Fact]
    public void A_key_that_could_not_be_made_is_asked_for_again()
    {
        Assert.True(_ring.Update(1_000_000, ref _sink));
        foreach (var epoch in _sink.MixKeys)
        {
            _ring.Fail(epoch, 1_000_500);
        }

        Assert.False(_ring.NeedsUpdate(1_001_499));
        Assert.True(_ring.NeedsUpdate(1_001_500));
        Update(1_001_500);
        Assert.Equal([10u, 11u, 12u, 10u, 11u, 12u], _sink.MixKeys);
        Assert.Equal([10], Candidates());
        Assert.False(_ring.NeedsUpdate(1_003_000));
    }

    [Fact]
    public void A_key_whose_time_has_passed_has_no_new_users_while_the_shell_has_it()
    {
        Update(1_000_000);
        var old = _ring.Candidates.Span[0];
        _sink.KeepsReleased = true;
        Update(1_200_000);
        Assert.Equal([old], _sink.Released.Where(key => key.Epoch == 10));
        Assert.True(old.IsDisposed);
        Assert.False(old.TryAcquire());
        Assert.Equal(ReplayInsert.Inserted, old.ReplayFilter.TryInsert(new byte[16]));
        old.Release();
        Assert.Throws<ObjectDisposedException>(() => old.ReplayFilter.TryInsert(new byte[16]));
    }

    [Fact]
    public void Keys_that_nobody_asked_for_are_destroyed()
    {
        Update(1_000_000);
        var key = MixKey.Generate(10, 16, _random);
        Assert.False(_ring.Add(key, 1_000_000));
        Assert.True(key.IsDisposed);
        var late = MixKey.Generate(10, 16, _random);
        Assert.False(_ring.Add(late, 9_000_000));
        Assert.True(late.IsDisposed);
    }

    [Fact]
    public void In_the_end_all_keys_are_destroyed()
    {
        Update(1_000_000);
        var key = _ring.Candidates.Span[0];
        _ring.Destroy();
        Assert.True(key.IsDisposed);
        Assert.True(_ring.Candidates.IsEmpty);
    }

    private int[] Candidates() => [.. _ring.Candidates.ToArray().Select(key => (int)key.Epoch)];

    private void Update(long unixMillis)
    {
        var asked = _sink.MixKeys.Count;
        Assert.True(asked == 0 || _ring.NeedsUpdate(unixMillis) || Candidates().Length > 0);
        if (_ring.NeedsUpdate(unixMillis))
        {
            _ = _ring.Update(unixMillis, ref _sink);
        }

        foreach (var epoch in _sink.MixKeys.Skip(asked))
        {
            Assert.True(_ring.Add(MixKey.Generate(epoch, 16, _random), unixMillis));
        }
    }
}
