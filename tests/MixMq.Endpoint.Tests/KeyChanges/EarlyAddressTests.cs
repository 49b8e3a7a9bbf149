using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay.Map;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>An application writes to a correspondent's new address before its node has heard of the succession, in a conversation that is open under the old one.</summary>
public sealed class EarlyAddressTests
{
    private readonly EndpointPair _pair = new(7);

    [Fact]
    [Trait("Spec", "MSG-130")]
    [Trait("Spec", "MSG-131")]
    public void What_is_written_early_waits_and_goes_behind_what_the_recipient_has()
    {
        _pair.Start();
        Send(_pair.Bob.Address);
        Assert.True(_pair.RunUntilQuiet(60_000));
        var succession = ChangeBob();
        Send(_pair.Bob.Present);
        Send(_pair.Bob.Address);
        Send(_pair.Bob.Present);
        _pair.RunFor(30_000);
        Assert.Single(_pair.Bob.Store.Inbox);
        _pair.Alice.Follow([succession]);
        Assert.True(_pair.RunUntilQuiet(60_000));
        Assert.Equal(["0", "2", "1", "3"], Labels());
        _pair.JudgeBoth();
        Assert.Empty(_pair.Alice.Store.Gaps);
        Assert.Empty(_pair.Bob.Store.Gaps);
        Assert.Equal(_pair.Bob.Address, Assert.Single(_pair.Alice.Store.OutboundConversations).Recipient);
    }

    [Fact]
    [Trait("Spec", "MSG-130")]
    [Trait("Spec", "MSG-132")]
    public void What_came_by_the_new_address_stays_where_it_is_and_what_never_came_by_the_old_one_goes_behind_it()
    {
        _pair.Start();
        var succession = ChangeBob();
        Send(_pair.Bob.Address);
        Send(_pair.Bob.Present);
        Send(_pair.Bob.Present);
        _pair.RunFor(30_000);
        Assert.Equal(["1", "2"], Labels());
        _pair.Alice.Follow([succession]);
        Assert.True(_pair.RunUntilQuiet(60_000));
        Send(_pair.Bob.Address);
        Send(_pair.Bob.Present);
        Assert.True(_pair.RunUntilQuiet(60_000));
        Assert.Equal(["1", "2", "0", "3", "4"], Labels());
        _pair.JudgeBoth();
        Assert.Empty(_pair.Alice.Store.Gaps);
        Assert.Empty(_pair.Bob.Store.Gaps);
    }

    [Fact]
    [Trait("Spec", "MSG-132")]
    public void What_arrived_by_the_old_address_and_was_never_acknowledged_is_asked_about()
    {
        _pair.Start();

        // Nothing comes back to Alice until the key is changed.
        _pair.Pipe.Passes = (from, _, _) => from != _pair.Bob.Present;
        Send(_pair.Bob.Address);
        _pair.RunFor(2_000);
        Assert.Single(_pair.Bob.Store.Inbox);
        var succession = ChangeBob();
        _pair.Pipe.Passes = static (_, _, _) => true;
        Send(_pair.Bob.Present);
        _pair.RunFor(2_000);
        _pair.Alice.Kill();
        _pair.Alice.Start();
        Assert.Single(_pair.Bob.Store.Inbox);
        _pair.Alice.Follow([succession]);
        Assert.True(_pair.RunUntilQuiet(60_000));
        Assert.Equal(["0", "1"], Labels());
        _pair.JudgeBoth();
        Assert.Equal(_pair.Bob.Address, Assert.Single(_pair.Alice.Store.OutboundConversations).Recipient);
    }

    [Fact]
    [Trait("Spec", "MSG-131")]
    [Trait("Spec", "MSG-136")]
    public void Messages_of_both_wait_until_the_recipient_has_said_what_it_has_and_are_cancelled_and_expire_meanwhile()
    {
        _pair.Start();
        var succession = ChangeBob();
        var first = Send(_pair.Bob.Address);
        _pair.BobRoutes.Open = _pair.AliceRoutes.Open = false;
        Send(_pair.Bob.Present);
        var cancelled = Send(_pair.Bob.Present);
        Send(_pair.Bob.Present, expiresAfterMillis: 5_000);
        Assert.True(_pair.RunUntil(() => _pair.Alice.Outcomes.Count == 4, 5_000));
        _pair.Alice.Follow([succession]);
        _pair.RunFor(20_000);
        _pair.Alice.Cancel(cancelled, _pair.Bob.Present);
        _pair.RunFor(20_000);
        Assert.Equal(2, _pair.Alice.Store.OutboundConversations.Count());
        Assert.Equal((2, 0), (_pair.Alice.Snapshot().JoiningConversations, _pair.Alice.Snapshot().ApartConversations));
        _pair.BobRoutes.Open = _pair.AliceRoutes.Open = true;
        Assert.True(_pair.RunUntilQuiet(180_000));
        Assert.Equal(["1", "2", "3", "0"], Labels());
        Assert.Equal([false, true, true, false], _pair.Bob.Store.Inbox.OrderBy(entry => entry.Place.Sequence).Select(entry => entry.Tombstone));
        Assert.Equal(OutboxStatus.Acknowledged, _pair.Alice.Store.StatusOf(_pair.Alice.Outcomes[first].Id));
        Assert.Single(_pair.Alice.Store.OutboundConversations);
        Assert.Equal(0, _pair.Alice.Snapshot().JoiningConversations);
    }

    [Fact]
    [Trait("Spec", "MSG-130")]
    public void A_message_is_cancelled_by_the_address_that_it_was_sent_to_after_it_has_gone_behind_others()
    {
        _pair.Start();
        Send(_pair.Bob.Address);
        Assert.True(_pair.RunUntilQuiet(60_000));
        var succession = ChangeBob();
        var cancelled = Send(_pair.Bob.Present);
        Send(_pair.Bob.Present);
        _pair.RunFor(5_000);
        _pair.AliceRoutes.Open = false;
        _pair.Alice.Follow([succession]);
        _pair.RunFor(5_000);
        Assert.Single(_pair.Alice.Store.OutboundConversations);
        _pair.Alice.Cancel(cancelled, _pair.Bob.Present);
        _pair.RunFor(5_000);
        _pair.AliceRoutes.Open = true;
        Assert.True(_pair.RunUntilQuiet(60_000));
        Assert.Equal([false, true, false], _pair.Bob.Store.Inbox.OrderBy(entry => entry.Place.Sequence).Select(entry => entry.Tombstone));
    }

    [Theory]
    [Trait("Spec", "MSG-130")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sender_killed_between_any_two_durable_steps_loses_and_doubles_nothing(bool beganUnderOld)
    {
        for (var step = 1; step < 60; step++)
        {
            foreach (var at in (CrashPoint[])[CrashPoint.Before, CrashPoint.After])
            {
                var pair = new EndpointPair(100 + step, options => options with { OutboxPage = 2 });
                pair.Start();
                if (beganUnderOld)
                {
                    _ = pair.Submit(pair.Alice, pair.Bob, "c", 100);
                    Assert.True(pair.RunUntilQuiet(60_000));
                }

                var succession = pair.Bob.ChangeKey(1);
                pair.Bob.Start();
                for (var i = 0; i < 8; i++)
                {
                    _ = pair.Submit(pair.Alice, pair.Bob, "c", i == 5 ? 20_000 : 100, i == 6 ? 4_000 : 0, i % 2 == 0 ? pair.Bob.Address : pair.Bob.Present);
                }

                pair.RunFor(5_000);
                var begun = pair.Alice.DurableSteps;
                pair.Alice.DownMillis = 200;
                pair.Alice.Crash = durable => durable == begun + step ? at : CrashPoint.None;
                pair.Alice.Follow([succession]);
                Assert.True(pair.RunUntilQuiet(600_000), $"stuck after step {step}");
                pair.Judge(pair.Alice, pair.Bob);
                _ = Assert.Single(pair.Alice.Store.OutboundConversations);
            }
        }
    }

    [Fact]
    [Trait("Spec", "MSG-132")]
    public void Of_three_addresses_all_messages_come_once_whichever_is_heard_first()
    {
        foreach (var laterFirst in (bool[])[true, false])
        {
            var pair = new EndpointPair(9);
            pair.Start();
            var addresses = new List<NodeAddress> { pair.Bob.Present };
            var successions = new List<Succession>();
            for (var change = 1; change <= 2; change++)
            {
                _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, addresses[^1]);
                pair.RunFor(change == 1 ? 0 : 20_000);
                successions.Add(pair.Bob.ChangeKey((ulong)change));
                addresses.Add(pair.Bob.Present);
                pair.Bob.Start();
            }

            addresses.ForEach(address => pair.Submit(pair.Alice, pair.Bob, "", 100, 0, address));
            pair.RunFor(20_000);
            pair.Alice.Follow([successions[laterFirst ? 1 : 0]]);
            pair.RunFor(20_000);
            addresses.ForEach(address => pair.Submit(pair.Alice, pair.Bob, "", 100, 0, address));
            pair.Alice.Follow(successions);
            Assert.True(pair.RunUntilQuiet(600_000));
            pair.JudgeBoth();
            Assert.Equal(8, pair.Bob.Store.Inbox.Count);
            _ = Assert.Single(pair.Alice.Store.OutboundConversations);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-133")]
    public void A_question_changes_nothing_at_the_recipient()
    {
        _pair.Start();
        Send(_pair.Bob.Address);
        Assert.True(_pair.RunUntilQuiet(60_000));
        var questions = new List<byte[]>();
        _pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == _pair.Alice.Present && Frames(message).Any(frame => SenderMark.TryRead(frame, out var mark) && mark.Incarnation.IsQuestion))
            {
                questions.Add(message);
            }
        };
        var succession = ChangeBob();

        // In a conversation that Bob has only by the new address.
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "new", 100);
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "new", 100, 0, _pair.Bob.Present);
        _pair.RunFor(5_000);
        _pair.Alice.Follow([succession]);
        Assert.True(_pair.RunUntilQuiet(60_000));
        Assert.NotEmpty(questions);
        _pair.JudgeBoth();
        _pair.RunFor(5_000);
        var steps = _pair.Bob.DurableSteps;
        var before = _pair.Bob.Store.InboundConversations.Select(row => row.Name).Order().ToArray();
        questions.ForEach(_pair.Bob.Receive);
        _pair.RunFor(5_000);
        Assert.Equal(steps, _pair.Bob.DurableSteps);
        Assert.Equal(before, _pair.Bob.Store.InboundConversations.Select(row => row.Name).Order());
        Assert.Equal(3, _pair.Bob.Store.Inbox.Count);

        // One who knows nothing of the conversation says so, and goes on knowing nothing.
        _pair.Bob.Kill();
        _pair.Bob.Store.Clear();
        _pair.Bob.Start();
        questions.ForEach(_pair.Bob.Receive);
        _pair.RunFor(100);
        Assert.Empty(_pair.Bob.Store.InboundConversations);
    }

    private static List<byte[]> Frames(byte[] message)
    {
        ReadOnlySpan<byte> left = message;
        var frames = new List<byte[]>();
        while (Frame.TryTake(ref left, out var type, out var body))
        {
            if (type == FrameType.SenderMark)
            {
                frames.Add(body.ToArray());
            }
        }

        return frames;
    }

    private Succession ChangeBob()
    {
        var succession = _pair.Bob.ChangeKey(1);
        _pair.Bob.Start();
        return succession;
    }

    private long Send(NodeAddress address, long expiresAfterMillis = 0) => _pair.Submit(_pair.Alice, _pair.Bob, "", 100, expiresAfterMillis, address);

    private IEnumerable<string> Labels() => _pair.Bob.Store.Inbox.OrderBy(entry => entry.Place.Sequence).Select(entry => entry.Label);
}
