using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Disk;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>A sender may send longer contents than its recipient takes: that is told, and what is too long ends at once instead of holding up what is behind it.</summary>
public sealed class ContentLimitTests
{
    private const int Second = 1_000;
    private const int Minute = 60 * Second;
    private const int Limit = 100_000;

    [Fact]
    [Trait("Spec", "MSG-140")]
    [Trait("Spec", "MSG-141")]
    public void What_is_longer_than_its_recipient_takes_ends_at_once_and_what_is_behind_it_arrives()
    {
        var pair = Begin(1);
        long[] tokens = [.. new[] { 10, Limit + 1, 20, Limit, 500_000, 30 }.Select(bytes => pair.Submit(pair.Alice, pair.Bob, "c", bytes))];
        pair.RunFor(100);
        Assert.True(pair.RunUntilQuiet(30 * Second));
        pair.Judge(pair.Alice, pair.Bob);
        Assert.Equal([false, true, false, false, true, false], pair.Bob.Store.Inbox.Select(entry => entry.Tombstone));
        Assert.Equal([null, Limit, null, null, Limit, null], tokens.Select(token => pair.Alice.LimitOf(token)));
        Assert.Equal(2, pair.Alice.Snapshot().TooLarge);
        Assert.True(pair.Bob.Snapshot().Drops[InboundDrop.ContentTooLarge] > 0);

        // Those which went by were ended with the first one, not offered each.
        Assert.InRange(pair.Bob.Snapshot().RefusalsSent, 1, 2);
        Assert.Equal(0, pair.Alice.Snapshot().HeldBackConversations);
    }

    [Fact]
    [Trait("Spec", "MSG-141")]
    public void Where_a_quota_is_used_up_too_only_what_is_too_long_ends()
    {
        var pair = Begin(2, options => options with { MaxInboxMessagesPerSender = 4 });
        for (var i = 0; i < 12; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", i % 3 == 2 ? Limit + 1 : 100);
        }

        pair.RunFor(10 * Minute);
        Assert.True(pair.Alice.Snapshot().Unsettled > 0);
        pair.Bob.Consumer.Take(12);
        Assert.True(pair.RunUntilQuiet(5 * Minute));
        pair.Judge(pair.Alice, pair.Bob);
        Assert.Equal((12, 4), (pair.Bob.Store.Inbox.Count, pair.Bob.Store.Inbox.Count(entry => entry.Tombstone)));
        Assert.Equal(4, pair.Alice.Snapshot().TooLarge);
    }

    [Fact]
    [Trait("Spec", "MSG-141")]
    public void What_the_recipient_has_a_part_of_arrives_whatever_it_takes_now()
    {
        var pair = Begin(3, options => options with { PacketsPerSecond = 50, PacketBurst = 4 });
        pair.Bob.Kill();
        pair.Bob.Configure = options => Slow(options) with { MaxContentBytes = 1 << 20 };
        pair.Bob.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 500_000);
        Assert.True(pair.RunUntil(() => pair.Bob.Snapshot().AcknowledgementsSent >= 4, Minute));
        pair.Bob.Kill();
        pair.Bob.Configure = options => Slow(options) with { MaxContentBytes = Limit };
        pair.Bob.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", Limit + 1);
        Assert.True(pair.RunUntilQuiet(5 * Minute));
        pair.Judge(pair.Alice, pair.Bob);
        Assert.Equal([false, true], pair.Bob.Store.Inbox.Select(entry => entry.Tombstone));
    }

    [Fact]
    [Trait("Spec", "MSG-141")]
    public void What_a_recipient_has_lost_and_takes_no_more_is_passed_over()
    {
        var pair = Begin(4);
        pair.Bob.Kill();
        pair.Bob.Configure = options => options with { MaxContentBytes = 1 << 20 };
        pair.Bob.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 10);
        Assert.True(pair.RunUntilQuiet(Minute));
        var image = pair.Bob.Backup();
        pair.Submit(pair.Alice, pair.Bob, "c", 500_000);
        pair.Submit(pair.Alice, pair.Bob, "c", 20);
        Assert.True(pair.RunUntilQuiet(Minute));
        pair.Bob.Configure = options => options with { MaxContentBytes = Limit };
        pair.Bob.Restore(image);
        var last = pair.Submit(pair.Alice, pair.Bob, "c", 30);
        Assert.True(pair.RunUntilQuiet(30 * Minute));
        Assert.Equal(OutboxStatus.Acknowledged, pair.Alice.Store.StatusOf(pair.Alice.Outcomes[last].Id));
        Assert.Equal(["0", "2", "3"], pair.Bob.Store.Inbox.Where(entry => !entry.Tombstone).Select(entry => entry.Label));
        Assert.Equal(0, pair.Alice.Snapshot().HeldBackConversations);
    }

    // Others of its conversation ask meanwhile whether there is room, and are answered: so there is no silence by which the sender would know.
    [Theory]
    [Trait("Spec", "MSG-141")]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_recipient_has_lost_a_part_of_arrives_or_ends_although_what_is_behind_it_is_refused(bool isTooLong)
    {
        var pair = new EndpointPair(6, options => Slow(options) with { MaxInboxMessagesPerSender = 6 });
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 10);
        Assert.True(pair.RunUntilQuiet(Minute));
        var image = pair.Bob.Backup();
        pair.Submit(pair.Alice, pair.Bob, "c", 300_000);
        for (var i = 0; i < 10; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 10);
        }

        Assert.True(pair.RunUntil(() => pair.Bob.Snapshot().AcknowledgementsSent >= 6, Minute));
        Assert.Equal(1, pair.Bob.Snapshot().Partials);
        pair.Bob.Configure = options => Slow(options) with { MaxInboxMessagesPerSender = 6, MaxContentBytes = isTooLong ? Limit : 1 << 20 };
        Assert.Equal(0, pair.Bob.Consumer.Consumed);
        pair.Bob.Restore(image);
        for (var i = 0; i < 60 && !pair.IsQuiet; i++)
        {
            pair.Bob.Consumer.Take(10);
            pair.RunFor(Minute);
        }

        Assert.True(pair.IsQuiet, "stuck");
        pair.Judge(pair.Alice, pair.Bob);
        Assert.Equal(isTooLong, pair.Bob.Store.Inbox.Single(entry => entry.Label == "1").Tombstone);
        Assert.Equal(0, pair.Alice.Snapshot().HeldBackConversations);
    }

    [Fact]
    [Trait("Spec", "MSG-141")]
    public void A_limit_that_is_not_the_recipients_ends_nothing()
    {
        var pair = Begin(5);
        byte[]? told = null;
        pair.Pipe.Watch = (from, _, message) => told ??= from == pair.Bob.Address ? FrameOf(message) : null;
        pair.Submit(pair.Alice, pair.Bob, "c", Limit + 1);
        Assert.True(pair.RunUntilQuiet(Minute));
        Assert.NotNull(told);

        pair.Pipe.Loss = 1;
        pair.Submit(pair.Alice, pair.Bob, "c", 500_000);
        pair.RunFor(100);
        for (var bit = 8 * Frame.HeaderBytes; bit < 8 * told.Length; bit++)
        {
            var changed = told.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            pair.Alice.Receive(changed);
        }

        // The one before it is of another conversation's secret, or has a byte more.
        pair.Alice.Receive([told[0], (byte)(told[1] + 1), .. told.AsSpan(2), 0]);
        Assert.Equal(1, pair.Alice.Snapshot().TooLarge);
        pair.Alice.Receive(told);
        Assert.Equal(2, pair.Alice.Snapshot().TooLarge);
    }

    [Theory]
    [Trait("Spec", "MSG-140")]
    [Trait("Spec", "MSG-141")]
    [InlineData(1)]
    [InlineData(2)]
    public void Under_loss_and_crashes_what_is_too_long_expires_and_all_else_arrives(int first)
    {
        for (var seed = first; seed <= 16; seed += 2)
        {
            var pair = Begin(seed, options => options with { MaxInboxMessagesPerSender = 6 + (seed % 5), MaxBackOffMs = 5 * Second });
            pair.Pipe.Loss = 0.03 * (seed % 5);
            pair.Pipe.Doubling = 0.05;
            foreach (var end in new[] { pair.Alice, pair.Bob })
            {
                end.DownMillis = 300;
                end.Crash = step => step < 150 && pair.Random.NextUInt64() % 25 == 0 ? (step % 2 == 0 ? CrashPoint.Before : CrashPoint.After) : CrashPoint.None;
            }

            var sizes = new List<(long Token, int Bytes)>();
            for (var i = 0; i < 30; i++)
            {
                var bytes = (int)(pair.Random.NextDouble() * 2 * Limit);
                sizes.Add((pair.Submit(pair.Alice, pair.Bob, "c" + (i % 3), bytes), bytes));
                pair.RunFor(pair.Random.NextDouble() * Second);
                pair.Bob.Consumer.Take(1);
            }

            pair.Pipe.Loss = 0;
            pair.Bob.Consumer.Take(30);
            Assert.True(pair.RunUntilQuiet(20 * Minute), "stuck at seed " + seed);
            pair.Judge(pair.Alice, pair.Bob);
            foreach (var (token, bytes) in sizes.Where(size => pair.Alice.Outcomes.ContainsKey(size.Token)))
            {
                Assert.Equal(bytes > Limit ? OutboxStatus.Expired : OutboxStatus.Acknowledged, pair.Alice.Store.StatusOf(pair.Alice.Outcomes[token].Id));
            }
        }
    }

    private static EndpointOptions Slow(EndpointOptions options) => options with { PacketsPerSecond = 50, PacketBurst = 4 };

    // Bob takes less than Alice sends.
    private static EndpointPair Begin(long seed, Func<EndpointOptions, EndpointOptions>? configure = null)
    {
        var all = configure ?? (static options => options);
        var pair = new EndpointPair(seed, all);
        pair.Bob.Configure = options => all(options) with { MaxContentBytes = Limit };
        Assert.Equal(0, pair.Bob.Consumer.Consumed);
        pair.Start();
        return pair;
    }

    private static byte[]? FrameOf(ReadOnlySpan<byte> message)
    {
        for (var rest = message; Frame.TryTake(ref rest, out var type, out var body);)
        {
            if (type == FrameType.ContentLimit)
            {
                return message.Slice(message.Length - rest.Length - body.Length - Frame.HeaderBytes, Frame.HeaderBytes + body.Length).ToArray();
            }
        }

        return null;
    }
}
