using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class LimitTests
{
    private static readonly NodeAddress Mallory = NodeAddress.FromBytes([.. Enumerable.Repeat((byte)7, 32)]);

    [Fact]
    public void Every_refusal_has_its_reason_and_no_effect()
    {
        var pair = new EndpointPair(1, options => options with { MaxOutboundConversations = 3, MaxContentBytes = 4 << 20 });
        pair.AliceRoutes.Open = false;
        pair.Start();
        Assert.Equal(SubmitRefusal.RecipientIsSelf, Refusal(pair, request => request with { To = pair.Alice.Address }));
        Assert.Equal(SubmitRefusal.ContentTooLarge, Refusal(pair, request => request with { Content = new byte[(4 * 1024 * 1024) + 1] }));
        Assert.Equal(SubmitRefusal.LabelTooLong, Refusal(pair, request => request with { Label = new string('ä', 128) }));
        Assert.Equal(SubmitRefusal.ConversationNameTooLong, Refusal(pair, request => request with { Conversation = new string('x', 256) }));
        Assert.Equal(SubmitRefusal.InvalidText, Refusal(pair, request => request with { Label = "\ud800" }));
        Assert.Equal(SubmitRefusal.InvalidText, Refusal(pair, request => request with { Conversation = "a\udc00b" }));
        Assert.Equal(SubmitRefusal.ExpiryOutOfRange, Refusal(pair, request => request with { ExpiresAfterMillis = -1 }));
        Assert.Equal(SubmitRefusal.ExpiryOutOfRange, Refusal(pair, request => request with { ExpiresAfterMillis = 31L * 24 * 3600 * 1000 }));
        Assert.Empty(pair.Alice.Store.Outbox);
        Assert.Equal(SubmitRefusal.None, Refusal(pair, request => request with { Label = new string('ä', 127) }));
        Assert.Equal(SubmitRefusal.None, Refusal(pair, request => request with { Conversation = new string('x', 255) }));
        Assert.Equal(SubmitRefusal.None, Refusal(pair, request => request with { Conversation = "\ud83d\ude00" }));
        Assert.Equal(SubmitRefusal.TooManyConversations, Refusal(pair, request => request with { Conversation = "one more" }));
        pair.Alice.Stop();
        Assert.Equal(SubmitRefusal.Stopping, Refusal(pair, request => request));
        Assert.Equal(3, pair.Alice.Store.Outbox.Count);
        Assert.All(Enum.GetValues<SubmitRefusal>(), refusal => Assert.EndsWith(".", SubmitOutcome.Refused(refusal).Describe().Replace('?', '.'), StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Spec", "ADM-16")]
    public void A_content_over_the_networks_limit_is_refused_by_who_would_send_it_and_no_shorter_one()
    {
        var pair = new EndpointPair(1, options =>
        {
            Assert.True(NetworkParameters.TryCreate(options.Network.Definition, out var limited, out _, maxContentBytes: 1_000));
            return options with { Network = limited };
        });
        pair.AliceRoutes.Open = false;
        pair.Start();
        Assert.Equal(SubmitRefusal.ContentOverNetworkLimit, Refusal(pair, request => request with { Content = new byte[1_001] }));
        Assert.Equal(SubmitRefusal.None, Refusal(pair, request => request with { Content = new byte[1_000] }));
    }

    [Fact]
    public void A_full_outbox_refuses_until_something_is_settled()
    {
        var pair = new EndpointPair(2, options => options with { MaxOutboxMessages = 5, MaxOutboxMessagesPerRecipient = 4 });
        pair.AliceRoutes.Open = false;
        pair.Start();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(SubmitRefusal.None, Refusal(pair, request => request));
        }

        Assert.Equal(SubmitRefusal.RecipientQueueFull, Refusal(pair, request => request));
        Assert.Equal(SubmitRefusal.None, Refusal(pair, request => request with { To = Mallory }));
        Assert.Equal(SubmitRefusal.OutboxFull, Refusal(pair, request => request with { To = Mallory }));
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().Unsettled == 1, 10_000));
        Assert.Equal(SubmitRefusal.None, Refusal(pair, request => request));
    }

    [Fact]
    public void A_slow_store_makes_the_node_busy_not_large()
    {
        var pair = new EndpointPair(3, options => options with { MaxUncommittedBytes = 8 << 20 });
        pair.Alice.CommitMillis = 10_000;
        pair.Start();
        for (var i = 0; i < 100; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 1 << 20);
            pair.RunFor(1);
        }

        Assert.InRange(pair.Alice.Snapshot().UncommittedBytes, 1, 12 << 20);
        Assert.Contains(pair.Alice.Outcomes.Values, outcome => outcome.Refusal == SubmitRefusal.Busy);
    }

    [Fact]
    public void Outbound_content_in_memory_stays_within_its_bound()
    {
        var pair = new EndpointPair(4, options => options with { MaxHeldContentBytes = 4 << 20, PacketsPerSecond = 20_000, PacketBurst = 500 });
        pair.Pipe.MeanDelayMs = 5;
        pair.Start();
        for (var i = 0; i < 12; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c" + (i % 4), 900_000);
        }

        var most = 0L;
        Assert.True(pair.RunUntil(
            () =>
            {
                most = Math.Max(most, pair.Alice.Snapshot().HeldContentBytes);
                return pair.IsQuiet;
            },
            120_000));
        Assert.InRange(most, 1, 4 << 20);
        Assert.True(pair.Alice.ContentReads > 0);
        Assert.Equal(0, pair.Alice.Snapshot().HeldContentBytes);
        pair.JudgeBoth();
    }

    [Fact]
    public void A_sender_has_its_quota_of_partial_bytes_and_gets_it_back()
    {
        var pair = new EndpointPair(5, options => options with { MaxPartialBytesPerSender = 4 << 20, MaxPartialBytes = 4 << 20 });
        pair.Start();
        var frames = Enumerable.Range(1, 5).Select(sequence => new CraftedFrames(pair, Mallory, pair.Bob.Address)
        {
            Conversation = "c" + sequence,
            Content = new byte[1 << 20],
        }).ToArray();
        foreach (var frame in frames)
        {
            pair.Bob.Receive(frame.Fragment());
            pair.RunFor(100);
        }

        Assert.Equal(3, pair.Bob.Store.PartialCount);
        Assert.Equal(2, pair.Bob.Snapshot().Drops[InboundDrop.PartialQuota]);
        frames[0].Kind = MixMq.Endpoint.Messaging.Wire.EnvelopeKind.Tombstone;
        pair.Bob.Receive(frames[0].Fragment());
        pair.RunFor(100);
        pair.Bob.Receive(frames[4].Fragment());
        pair.RunFor(100);
        Assert.Equal(3, pair.Bob.Store.PartialCount);
        Assert.Equal(2, pair.Bob.Snapshot().Drops[InboundDrop.PartialQuota]);
    }

    [Fact]
    public void A_partial_is_given_up_a_day_after_its_message_expired()
    {
        var pair = new EndpointPair(6);
        pair.Start();
        pair.Bob.Receive(new CraftedFrames(pair, Mallory, pair.Bob.Address) { Content = new byte[9_000] }.Fragment());
        pair.RunFor(1_000);
        Assert.Equal(1, pair.Bob.Store.PartialCount);
        pair.RunFor(1_000_000_000.0 + (25 * 3_600_000.0));
        Assert.Equal(0, pair.Bob.Store.PartialCount);
        Assert.Equal(0, pair.Bob.Snapshot().Partials);
    }

    [Fact]
    public void Conversations_of_one_sender_are_limited()
    {
        var pair = new EndpointPair(7, options => options with { MaxConversationsPerSender = 3 });
        pair.Start();
        for (var i = 0; i < 5; i++)
        {
            pair.Bob.Receive(new CraftedFrames(pair, Mallory, pair.Bob.Address) { Conversation = "c" + i }.Fragment());
            pair.RunFor(100);
        }

        Assert.Equal(3, pair.Bob.Store.Inbox.Count);
        Assert.Equal(2, pair.Bob.Snapshot().Drops[InboundDrop.ConversationLimit]);
    }

    [Fact]
    public void Fragments_without_envelope_have_bounded_room_and_do_no_lasting_harm()
    {
        var pair = new EndpointPair(8, options => options with { MaxUnverifiedBytes = 64 * 1024, MaxVerifications = 4 });
        pair.Start();
        for (var i = 0; i < 200; i++)
        {
            var frames = new CraftedFrames(pair, Mallory, pair.Bob.Address) { Content = new byte[5_000], Conversation = "c" + i };
            pair.Bob.Receive(frames.Fragment(1));
            pair.Bob.Receive(frames.Fragment(0));
        }

        Assert.True(pair.Bob.Snapshot().Drops[InboundDrop.UnverifiedRoom] > 100);
        Assert.True(pair.Bob.Snapshot().Drops[InboundDrop.VerificationLimit] > 100);
        pair.Submit(pair.Alice, pair.Bob, "c", 20_000);
        Assert.True(pair.RunUntil(() => EndpointPair.IsSettled(pair.Alice), 10_000));
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Fact]
    public void Wrong_options_are_told_all_at_once()
    {
        var pair = new EndpointPair(9);
        var options = new EndpointOptions { Network = pair.Network, Own = pair.Alice.Address, MeanDelayMs = -1, MaxWindow = 0, PacketBurst = 0 };
        Assert.Equal(3, options.Validate().Length);
        Assert.Throws<ArgumentException>(() => new EndpointCore(options, pair.Random, EndpointState.Empty));
    }

    private static SubmitRefusal Refusal(EndpointPair pair, Func<SubmitRequest, SubmitRequest> change)
    {
        var token = 1_000_000L + pair.Alice.Outcomes.Count;
        pair.Alice.Submit(change(new SubmitRequest { Token = token, To = pair.Bob.Address, Content = new byte[10] }));
        Assert.True(pair.RunUntil(() => pair.Alice.Outcomes.ContainsKey(token), 1_000));
        return pair.Alice.Outcomes[token].Refusal;
    }
}
