using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>What a sender meets whose recipient consumes more slowly than it sends, and what nobody can do to the inbox.</summary>
public sealed class QuotaTests
{
    private const int Second = 1_000;
    private const int Minute = 60 * Second;
    private static readonly NodeAddress Mallory = NodeAddress.FromBytes([.. Enumerable.Repeat((byte)7, 32)]);

    [Fact]
    [Trait("Spec", "MSG-60")]
    [Trait("Spec", "MSG-62")]
    public void A_sender_over_its_quota_is_told_waits_and_loses_nothing()
    {
        var pair = Few(1, messages: 10);
        var tokens = Enumerable.Range(0, 40).Select(_ => pair.Submit(pair.Alice, pair.Bob, "c", 100)).ToArray();
        pair.RunFor(20 * Second);
        Assert.Equal(10, pair.Bob.Store.Inbox.Count);
        Assert.Equal((10, 1000), (pair.Bob.Snapshot().InboxMessages, pair.Bob.Snapshot().InboxBytes));
        Assert.Equal((30, 1), (pair.Alice.Snapshot().Unsettled, pair.Alice.Snapshot().HeldBackConversations));
        Assert.True(pair.Alice.Snapshot().RefusalsReceived > 0 && pair.Bob.Snapshot().Drops[InboundDrop.SenderQuota] > 0);
        Assert.Equal(30, tokens.Count(token => pair.Alice.IsRefused(token, pair.Bob.Address)));

        pair.Bob.Consumer.Take(40);
        Assert.True(pair.RunUntilQuiet(3 * Minute));
        pair.Judge(pair.Alice, pair.Bob);
        Assert.Equal(40, pair.Bob.Store.Inbox.Count);
        Assert.Equal(0, pair.Alice.Snapshot().HeldBackConversations);
        Assert.DoesNotContain(tokens, token => pair.Alice.IsRefused(token, pair.Bob.Address));
        Assert.True(pair.RunUntil(() => pair.Bob.Snapshot().InboxMessages == 0, Minute));
    }

    [Fact]
    [Trait("Spec", "MSG-60")]
    public void Bytes_are_counted_too_and_reserved_while_a_message_is_being_gathered()
    {
        var pair = Begin(2, options => options with { MaxContentBytes = 4 << 20, MaxInboxBytesPerSender = 8 << 20, PacketsPerSecond = 20_000, PacketBurst = 500 });
        pair.Pipe.MeanDelayMs = 5;
        for (var i = 0; i < 6; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c" + (i % 3), 3 << 20);
        }

        pair.RunUntil(() => pair.Bob.Snapshot().InboxBytes > 8 << 20, 30 * Second);
        Assert.Equal(6 << 20, pair.Bob.Snapshot().InboxBytes);
        pair.Bob.Consumer.Take(6);
        Assert.True(pair.RunUntilQuiet(10 * Minute));
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Fact]
    [Trait("Spec", "MSG-62")]
    public void While_a_conversation_is_refused_one_message_asks_ever_more_rarely()
    {
        var pair = Few(3, messages: 4);
        for (var i = 0; i < 300; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
        }

        pair.RunFor(5 * Minute);
        var before = pair.Alice.Snapshot().FragmentsSent;
        pair.RunFor(30 * Minute);

        // One a minute, times 0.75 to 1.25, and none of the 296 besides.
        Assert.InRange(pair.Alice.Snapshot().FragmentsSent - before, 24, 41);
        pair.Bob.Consumer.Take(300);
        Assert.True(pair.RunUntilQuiet(20 * Minute));
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Fact]
    [Trait("Spec", "MSG-62")]
    public void Another_conversation_of_a_sender_and_other_senders_are_not_held_back_by_a_refused_one()
    {
        var pair = Few(4, messages: 6);
        for (var i = 0; i < 12; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "first", 100);
        }

        pair.RunFor(10 * Second);
        Send(pair, Mallory, sequence: 1);
        pair.Submit(pair.Bob, pair.Alice, "back", 100);
        pair.RunFor(10 * Second);
        Assert.Equal(7, pair.Bob.Store.Inbox.Count);
        Assert.Single(pair.Alice.Store.Inbox);

        // One place is free, and the conversation that isn't held back finds it first.
        pair.Bob.Consumer.Take(1);
        pair.RunFor(100);
        var token = pair.Submit(pair.Alice, pair.Bob, "second", 100);
        pair.RunFor(800);
        Assert.False(pair.Alice.IsRefused(token, pair.Bob.Address));
        pair.Bob.Consumer.Take(20);
        Assert.True(pair.RunUntilQuiet(5 * Minute));
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-16")]
    [Trait("Spec", "MSG-60")]
    public void What_is_refused_expires_in_its_time_and_its_tombstone_passes()
    {
        var pair = Few(5, messages: 2);
        for (var i = 0; i < 6; i++)
        {
            // The later a message, the sooner it expires: tombstones don't wait behind what is held back.
            pair.Submit(pair.Alice, pair.Bob, "c", 100, expiresAfterMillis: (70 - (10 * i)) * Second);
        }

        Assert.True(pair.RunUntilQuiet(3 * Minute));
        pair.Judge(pair.Alice, pair.Bob);
        Assert.Equal((6, 4), (pair.Bob.Store.Inbox.Count, Tombstones(pair)));

        // There is nothing left to ask with.
        pair.RunFor(2 * Minute);
        Assert.Equal(0, pair.Alice.Snapshot().HeldBackConversations);
    }

    [Fact]
    [Trait("Spec", "MSG-61")]
    public void What_is_ahead_of_a_gap_leaves_room_for_what_fills_it()
    {
        var pair = Few(6, messages: 10);
        for (var sequence = 2UL; sequence <= 11; sequence++)
        {
            Send(pair, Mallory, sequence);
        }

        Assert.Equal(5, pair.Bob.Store.Inbox.Count);
        Send(pair, Mallory, sequence: 1);
        Assert.Equal([1UL, 2, 3, 4, 5, 6], pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));

        // The gap is closed: all of the quota may be used, in order.
        for (var sequence = 7UL; sequence <= 12; sequence++)
        {
            Send(pair, Mallory, sequence);
        }

        Assert.Equal(10, pair.Bob.Store.Inbox.Count);
        Assert.Equal(10, pair.Bob.Snapshot().InboxMessages);
    }

    [Fact]
    [Trait("Spec", "MSG-61")]
    public void Tombstones_ahead_of_a_gap_leave_room_for_what_fills_it_however_many_they_are()
    {
        var pair = Few(11, messages: 10);
        for (var sequence = 2UL; sequence <= 21; sequence++)
        {
            Send(pair, Mallory, sequence, EnvelopeKind.Tombstone);
        }

        Assert.Equal(20, pair.Bob.Snapshot().InboxMessages);
        Send(pair, Mallory, sequence: 23);
        Assert.Equal(20, pair.Bob.Snapshot().InboxMessages);
        Send(pair, Mallory, sequence: 1);
        Assert.Equal(Enumerable.Range(1, 21).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));

        // They count again, now that the application can take them.
        Send(pair, Mallory, sequence: 22);
        Assert.Equal(21, pair.Bob.Snapshot().InboxMessages);
    }

    [Fact]
    [Trait("Spec", "MSG-60")]
    public void All_senders_together_have_a_quota_too()
    {
        var pair = Begin(7, options => options with { MaxInboxMessagesPerSender = 6, MaxInboxMessages = 8 });
        for (var sequence = 1UL; sequence <= 7; sequence++)
        {
            Send(pair, Mallory, sequence);
        }

        for (var i = 0; i < 5; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 10);
        }

        pair.RunFor(10 * Second);
        Assert.Equal(8, pair.Bob.Store.Inbox.Count);
        Assert.Equal(1, pair.Bob.Snapshot().Drops[InboundDrop.SenderQuota]);
        Assert.True(pair.Bob.Snapshot().Drops[InboundDrop.InboxQuota] >= 1);
        pair.Bob.Consumer.Take(20);
        Assert.True(pair.RunUntilQuiet(3 * Minute));
        Assert.Equal(11, pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-63")]
    public void A_stranger_costs_neither_a_signature_nor_a_byte()
    {
        var pair = new EndpointPair(8, options => options with { AllowedSenders = [NodeAddress.FromBytes(new byte[32])] });
        pair.Start();
        for (var sequence = 1UL; sequence <= 100; sequence++)
        {
            // Were its signature looked at, it would be counted as forged.
            var frames = new CraftedFrames(pair, Mallory, pair.Bob.Address) { Sequence = sequence, Content = new byte[9_000], Signer = pair.Alice.Address };
            pair.Bob.Receive(frames.Fragment((int)sequence % 2));
        }

        pair.RunFor(10 * Second);
        Assert.Equal((InboundDrop.SenderNotAllowed, 100L), Assert.Single(pair.Bob.Snapshot().Drops.Select(drop => (drop.Key, drop.Value))));
        Assert.Equal((0, 0, 0), (pair.Bob.Store.Inbox.Count, pair.Bob.Store.PartialCount, pair.Bob.Snapshot().PacketsSent));
        Assert.Empty(pair.Bob.Store.Load().InboundConversations);
    }

    [Fact]
    [Trait("Spec", "MSG-63")]
    public void Who_may_write_can_change_at_any_time()
    {
        var pair = Begin(11, options => options with { AllowedSenders = [] });
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.RunFor(10 * Second);
        Assert.Empty(pair.Bob.Store.Inbox);
        pair.Bob.MayWrite(Mallory, pair.Alice.Address);
        Assert.True(pair.RunUntilQuiet(2 * Minute));
        pair.Bob.MayWrite(Mallory);
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.RunFor(10 * Second);
        Assert.Single(pair.Bob.Store.Inbox);
    }

    [Fact]
    [Trait("Spec", "MSG-61")]
    public void A_refusal_that_is_not_the_recipients_holds_nothing_back()
    {
        var pair = Few(9, messages: 2);
        byte[]? refusal = null;
        pair.Pipe.Watch = (from, _, message) => refusal ??= from == pair.Bob.Address && message[0] == (byte)FrameType.Refusal ? message : null;
        for (var i = 0; i < 4; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
        }

        pair.RunFor(10 * Second);
        Assert.NotNull(refusal);
        pair.Bob.Consumer.Take(10);
        Assert.True(pair.RunUntilQuiet(3 * Minute));

        // A conversation under way, of which each bit of a true refusal but one is told.
        pair.Pipe.Loss = 1;
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.RunFor(100);
        var length = Frame.HeaderBytes + Refusal.FixedBytes + 1;
        for (var bit = 8 * Frame.HeaderBytes; bit < 8 * length; bit++)
        {
            var changed = refusal[..length];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            pair.Alice.Receive(changed);
            Assert.Equal(0, pair.Alice.Snapshot().HeldBackConversations);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-60")]
    public void Quotas_hold_over_crashes_of_either_end()
    {
        var pair = Few(10, messages: 10);
        for (var i = 0; i < 20; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 3_000);
        }

        pair.RunFor(10 * Second);
        Assert.Equal(10, pair.Bob.Store.Inbox.Count);
        pair.Bob.Kill();
        pair.Bob.Start();
        pair.Alice.Kill();
        pair.Alice.Start();
        pair.RunFor(2 * Minute);
        Assert.Equal(10, pair.Bob.Store.Inbox.Count);
        Assert.Equal((10, 30_000), (pair.Bob.Snapshot().InboxMessages, pair.Bob.Snapshot().InboxBytes));
        Assert.Equal(1, pair.Alice.Snapshot().HeldBackConversations);
        pair.Bob.Consumer.Take(20);
        Assert.True(pair.RunUntilQuiet(5 * Minute));
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Theory]
    [Trait("Spec", "MSG-60")]
    [Trait("Spec", "MSG-62")]
    [InlineData(1)]
    [InlineData(2)]
    public void Under_loss_crashes_and_slow_applications_nothing_is_lost_doubled_or_stuck(int first)
    {
        var refused = 0L;
        for (var seed = first; seed <= 12; seed += 2)
        {
            var pair = Begin(seed, options => options with { MaxInboxMessagesPerSender = 4 + (seed % 7), MaxBackOffMs = 5 * Second });
            pair.Pipe.Loss = 0.02 * (seed % 5);
            pair.Pipe.Doubling = 0.05;
            foreach (var end in new[] { pair.Alice, pair.Bob })
            {
                end.DownMillis = 300;
                end.Crash = step => step < 150 && pair.Random.NextUInt64() % 25 == 0 ? (step % 2 == 0 ? CrashPoint.Before : CrashPoint.After) : CrashPoint.None;
            }

            for (var i = 0; i < 40; i++)
            {
                var expires = pair.Random.NextUInt64() % 6 == 0 ? 8 * Second : 0;
                pair.Submit(pair.Alice, pair.Bob, "c" + (i % 3), (int)(pair.Random.NextUInt64() % 6_000), expires);
                pair.RunFor(pair.Random.NextUInt64() % 400);
                pair.Bob.Consumer.Take((int)(pair.Random.NextUInt64() % 2));
            }

            for (var rest = 0; rest < 60 && !pair.IsQuiet; rest++)
            {
                if (pair.Bob.Alive)
                {
                    // The disk, of which the tombstones are counted, may be ahead of the core by a commit.
                    Assert.InRange(pair.Bob.Snapshot().InboxMessages - Tombstones(pair), -1, 4 + (seed % 7));
                    refused += pair.Bob.Snapshot().RefusalsSent;
                }

                pair.Bob.Consumer.Take(2);
                pair.RunFor(10 * Second);
            }

            Assert.True(pair.RunUntilQuiet(Minute), $"seed {seed}");
            pair.Judge(pair.Alice, pair.Bob);
        }

        Assert.True(refused > 0);
    }

    private static int Tombstones(EndpointPair pair) => pair.Bob.Store.Inbox.Count(entry => entry.Tombstone);

    private static EndpointPair Few(long seed, int messages) => Begin(seed, options => options with { MaxInboxMessagesPerSender = messages });

    private static EndpointPair Begin(long seed, Func<EndpointOptions, EndpointOptions> configure)
    {
        var pair = new EndpointPair(seed, configure);
        Assert.Equal(0, pair.Bob.Consumer.Consumed);
        pair.Start();
        return pair;
    }

    private static void Send(EndpointPair pair, NodeAddress from, ulong sequence, EnvelopeKind kind = EnvelopeKind.Message)
    {
        var secret = ConversationSecret.FromBytes(new byte[32]);
        pair.Bob.Receive(new CraftedFrames(pair, from, pair.Bob.Address) { Sequence = sequence, Secret = secret, Kind = kind }.Fragment());
        pair.RunFor(200);
    }
}
