using FsCheck;
using FsCheck.Fluent;
using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

public class LinkTimingTests
{
    [Fact]
    [Trait("Spec", "LNK-19")]
    public void Back_off_doubles_from_250_ms_to_5_s_and_then_stays_between_5_and_30_s()
    {
        long[] bounds = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000];
        for (var seed = 0; seed < 200; seed++)
        {
            var backoff = new DialBackoff();
            var random = new SeededRandomSource(seed);
            foreach (var bound in bounds)
            {
                var floor = bound > 5_000 ? 5_000_000 : 0;
                Assert.InRange(backoff.Next(random), floor, bound * 1_000);
            }
        }
    }

    [Fact]
    public void Back_off_uses_its_whole_range_and_starts_over_after_a_reset()
    {
        var backoff = new DialBackoff();
        var random = new SeededRandomSource(1);
        var first = new List<long>();
        for (var i = 0; i < 1_000; i++)
        {
            first.Add(backoff.Next(random));
            backoff.Reset();
        }

        Assert.True(first.Min() < 10_000);
        Assert.True(first.Max() > 240_000);
        Assert.InRange(first.Average(), 115_000, 135_000);
    }

    [Fact]
    [Trait("Spec", "LNK-19")]
    public void A_refusal_that_needs_an_operator_goes_to_the_steady_pace_at_once()
    {
        var backoff = new DialBackoff();
        backoff.Slow();
        Assert.InRange(backoff.Next(new SeededRandomSource(1)), 5_000_000, 8_000_000);
    }

    [Fact]
    [Trait("Spec", "LNK-20")]
    public void The_first_flap_costs_nothing_further_ones_ever_more_up_to_a_minute()
    {
        var damper = new FlapDamper();
        var holds = new List<long>();
        for (var i = 0; i < 9; i++)
        {
            holds.Add(damper.HoldMicros / 1_000_000);
            damper.Down(1_000_000, clean: false);
        }

        Assert.Equal([0, 0, 2, 4, 8, 16, 32, 60, 60], holds);
    }

    [Fact]
    [Trait("Spec", "LNK-20")]
    public void A_goodbye_is_no_flap_and_two_good_minutes_are_forgiveness()
    {
        var damper = new FlapDamper();
        damper.Down(1_000_000, clean: true);
        Assert.Equal(0, damper.Flaps);
        damper.Down(1_000_000, clean: false);
        damper.Down(1_000_000, clean: false);
        damper.Down(121_000_000, clean: true);
        Assert.Equal(0, damper.Flaps);
    }

    [Fact]
    public void A_bucket_never_gives_more_than_its_burst_and_its_rate()
    {
        Prop.ForAll<byte[]>(gaps =>
        {
            var bucket = new TokenBucket(perSecond: 100, burst: 5);
            long now = 0;
            var taken = 0;
            foreach (var gap in gaps)
            {
                now += gap * 500L;
                taken += bucket.TryTake(now) ? 1 : 0;
            }

            return taken <= 5 + (now * 100 / 1_000_000);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_bucket_gives_its_full_rate_without_drift()
    {
        var bucket = new TokenBucket(perSecond: 3, burst: 1);
        var taken = 0;
        for (long now = 0; now <= 1_000_000_000; now += 1_000)
        {
            taken += bucket.TryTake(now) ? 1 : 0;
        }

        Assert.InRange(taken, 2_994, 3_001);
        Assert.True(bucket.TryTake(long.MaxValue / 2));
    }

    [Fact]
    [Trait("Spec", "LNK-13")]
    [Trait("Spec", "LNK-14")]
    [Trait("Spec", "LNK-15")]
    public void A_link_is_up_after_two_answers_and_down_after_four_missed()
    {
        var (a, b) = (new HelloMonitor(0), new HelloMonitor(0));
        Exchange(a, b, 1);
        Exchange(b, a, 2);
        Assert.False(a.IsUp);
        Exchange(a, b, 3);
        Exchange(b, a, 4);
        Assert.True(a.IsUp);
        var random = new SeededRandomSource(1);
        Span<byte> content = stackalloc byte[HelloMessage.ByteLength];
        a.Send(5, 0, 0, new byte[32], random, content);
        for (var missed = 1; missed <= 4; missed++)
        {
            a.Send(5 + missed, 0, 0, new byte[32], random, content);
            Assert.Equal(missed >= 2, a.IsSuspect);
            Assert.Equal(missed >= 4, a.IsDown);
        }
    }

    [Fact]
    [Trait("Spec", "LNK-16")]
    public void Hellos_that_go_back_or_echo_what_was_not_sent_are_refused()
    {
        var monitor = new HelloMonitor(0);
        var digest = new byte[32];
        Assert.False(monitor.TryReceive(new HelloMessage { Sequence = 1, Sent = 1, Echo = 99, Digest = digest }, 1));
        Assert.True(monitor.TryReceive(new HelloMessage { Sequence = 2, Sent = 5, Digest = digest }, 1));
        Assert.False(monitor.TryReceive(new HelloMessage { Sequence = 2, Sent = 6, Digest = digest }, 2));
        Assert.False(monitor.TryReceive(new HelloMessage { Sequence = 3, Sent = 5, Digest = digest }, 2));
    }

    [Fact]
    [Trait("Spec", "LNK-12")]
    public void Hellos_come_every_second_or_200_ms_with_a_tenth_of_jitter()
    {
        var random = new SeededRandomSource(3);
        var (a, b) = (new HelloMonitor(0), new HelloMonitor(0));
        for (var i = 1; i < 6; i++)
        {
            Exchange(a, b, i * 1_000);
            Assert.InRange(a.NextMicros - (i * 1_000), a.IsUp && a.PeerCarries ? 900_000 : 180_000, a.IsUp && a.PeerCarries ? 1_100_000 : 220_000);
            Exchange(b, a, (i * 1_000) + 500);
        }

        Assert.True(a.IsUp && a.PeerCarries && b.IsUp && b.PeerCarries);
        Assert.InRange(a.RoundTripMicros!.Value, 0, 1_000);
        Span<byte> content = stackalloc byte[HelloMessage.ByteLength];
        for (var i = 0; i < 100; i++)
        {
            a.Send(1_000_000, 0, 0, new byte[32], random, content);
            Assert.InRange(a.NextMicros, 1_900_000, 2_100_000);
        }
    }

    private static void Exchange(HelloMonitor from, HelloMonitor to, long now)
    {
        Span<byte> content = stackalloc byte[HelloMessage.ByteLength];
        from.Send(now, from.IsUp ? 1 : null, 0, new byte[32], new SeededRandomSource(now), content);
        Assert.True(HelloMessage.TryParse(content, out var hello));
        Assert.True(to.TryReceive(hello, now));
    }
}
