using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;
using static MixMq.Endpoint.Tests.Anonymous.AnonymousRun;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>What is taken of messages without a sender, and what is refused, dropped and forgotten.</summary>
public sealed class AnonymousLimitsTests
{
    [Fact]
    [Trait("Spec", "MSG-76")]
    public void A_recipient_that_takes_no_anonymous_messages_answers_nothing_and_stores_nothing()
    {
        var run = new AnonymousRun(41, options => options with { AllowAnonymous = false });
        run.Pair.Start();
        var token = run.Submit(300, Hour);
        run.Pair.RunFor(30 * Minute);
        Assert.Equal((0, 0L), (run.Received, run.Pair.Pipe.Replies));
        Assert.True(run.Bob.Snapshot().Drops[InboundDrop.AnonymousNotAllowed] > 2);
        Assert.True(run.Settles(30.0 * Hour));
        Assert.Equal(OutboxStatus.Expired, run.StatusOf(token));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-77")]
    public void All_without_a_name_share_one_quota_and_are_told_when_it_is_used_up()
    {
        var run = new AnonymousRun(51, options => options with { MaxAnonymousMessages = 5 });
        run.Pair.Start();
        var tokens = Enumerable.Range(0, 20).Select(_ => run.Submit(200)).ToArray();
        run.Pair.Submit(run.Alice, run.Bob, "named", 200);
        run.Pair.RunFor(Minute);
        Assert.Equal(5, run.Received);
        Assert.Equal(6, run.Bob.Store.Inbox.Count);
        Assert.Equal(15, tokens.Count(token => run.Alice.IsRefused(token, run.Bob.Address)));
        run.Pair.RunFor(20 * Minute);
        var before = run.Pair.Pipe.Sent;
        run.Pair.RunFor(10 * Minute);
        Assert.InRange(run.Pair.Pipe.Sent - before, 15 * 7, 15 * 14);

        run.Bob.Consumer.Take(40);
        Assert.True(run.Settles(10 * Minute));
        Assert.Equal(20, run.Received);
        Assert.DoesNotContain(tokens, token => run.Alice.IsRefused(token, run.Bob.Address));
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().InboxMessages == 0, Minute));
    }

    [Fact]
    [Trait("Spec", "MSG-77")]
    public void What_is_being_gathered_takes_its_room_and_gives_it_back_when_its_sender_is_gone()
    {
        var run = new AnonymousRun(52, options => options with { MaxAnonymousBytes = 100_000 });
        run.Pair.Start();
        run.Submit(90_000);
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().Partials == 1, Minute));
        run.Alice.DownMillis = 1e9;
        run.Alice.Kill();
        run.Pair.RunFor(2 * Second);
        Assert.Equal((1, 90_000), (run.Bob.Snapshot().Partials, run.Bob.Snapshot().InboxBytes));
        run.Pair.RunFor(11 * Minute);
        run.Alice.Start();
        run.Submit(50_000);
        Assert.True(run.Pair.RunUntil(() => run.Received > 0, 10 * Minute));
        run.Bob.Consumer.Take(5);
        Assert.True(run.Settles(20 * Minute));
        Assert.Equal(2, run.Received);
        run.Judge();
    }

    [Fact]
    public void What_can_not_be_anonymous_is_refused_at_once()
    {
        var run = new AnonymousRun(91);
        run.Pair.Start();
        SubmitOutcome Answer(Func<SubmitRequest, SubmitRequest> change)
        {
            var request = change(new SubmitRequest { Token = 1, To = run.Bob.Address, Content = new byte[10], Anonymous = true });
            run.Alice.Outcomes.Remove(1);
            run.Alice.Submit(request);
            run.Pair.RunFor(100);
            return run.Alice.Outcomes[1];
        }

        Assert.Equal(SubmitRefusal.AnonymousConversation, Answer(request => request with { Conversation = "c" }).Refusal);
        Assert.Equal(SubmitRefusal.AnonymousExpiry, Answer(request => request with { ExpiresAfterMillis = AnonymousConstants.MaxExpiryMillis + 1 }).Refusal);
        Assert.Equal(SubmitRefusal.RecipientIsSelf, Answer(request => request with { To = run.Alice.Address }).Refusal);
        Assert.Equal(SubmitRefusal.LabelTooLong, Answer(request => request with { Label = new string('x', 256) }).Refusal);
        Assert.Equal(SubmitRefusal.None, Answer(request => request).Refusal);
    }

    [Fact]
    [Trait("Spec", "MSG-76")]
    public void Frames_that_are_no_such_thing_are_dropped_without_an_answer()
    {
        var run = new AnonymousRun(92);
        run.Pair.Start();
        var frame = new byte[2044];
        var length = AnonymousFrame.Write(frame, PacketGeometry.Default, new byte[32], AnonymousFrameKind.Fragment, 0, 1, 5);
        for (var cut = 1; cut < length; cut += 7)
        {
            run.Bob.Receive([(byte)FrameType.Anonymous, (byte)cut, (byte)(cut >> 8), .. frame[3..(3 + Math.Min(cut, length - 3))]]);
        }

        run.Bob.Receive(frame[..length]);
        run.Pair.RunFor(Minute);
        Assert.Equal((0, 0L, 0), (run.Received, run.Pair.Pipe.Replies, run.Bob.Snapshot().Partials));
    }

    [Fact]
    [Trait("Spec", "MSG-77")]
    public void What_is_gathered_and_comes_no_further_is_dropped_after_ten_minutes_and_gives_its_room_back()
    {
        var run = new AnonymousRun(114);
        run.Pair.Start();
        run.Submit(90_000);
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().Partials == 1, Minute));
        run.Alice.DownMillis = 1e9;
        run.Alice.Kill();
        run.Pair.RunFor(9.0 * Minute);
        Assert.Equal((1, 90_000L), (run.Bob.Snapshot().Partials, run.Bob.Snapshot().InboxBytes));
        run.Pair.RunFor(2.5 * Minute);
        Assert.Equal((0, 0L, 0L), (run.Bob.Snapshot().Partials, run.Bob.Snapshot().InboxBytes, run.Bob.Snapshot().InboxMessages));
        run.Alice.Start();
        Assert.True(run.Settles(10 * Minute));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-74")]
    public void More_messages_than_are_known_by_heart_are_still_taken_once_each()
    {
        var run = new AnonymousRun(115, options => options with { MaxAnonymousMessages = 100_000 });
        var kept = new List<byte[]>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address && kept.Count < 3)
            {
                kept.Add(message);
            }
        };
        run.Pair.Start();
        while (run.Received <= AnonymousLimits.MaxKept + 3)
        {
            for (var i = 0; i < 500; i++)
            {
                run.Submit(0);
            }

            Assert.True(run.Settles(10 * Minute));
        }

        var before = run.Received;
        var answers = run.Pair.Pipe.Replies;
        foreach (var packet in kept)
        {
            run.Bob.Receive(packet);
        }

        run.Pair.RunFor(Minute);
        Assert.Equal((before, answers + 3), (run.Received, run.Pair.Pipe.Replies));
        run.Judge();
    }
}
