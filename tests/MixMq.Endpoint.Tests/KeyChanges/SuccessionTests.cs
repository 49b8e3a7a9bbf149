using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay.Map;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>An endpoint's key is changed, and those who write to it and hear from it go on as if nothing were.</summary>
public sealed class SuccessionTests
{
    private readonly EndpointPair _pair = new(7, realSignatures: true);

    [Fact]
    [Trait("Spec", "MSG-90")]
    [Trait("Spec", "MSG-91")]
    [Trait("Spec", "MSG-92")]
    public void Keys_changed_amid_traffic_lose_double_and_reorder_nothing()
    {
        var failures = new List<string>();
        var (changes, unsettled) = (0, 0L);
        for (var seed = 0; seed < 60; seed++)
        {
            var run = new SuccessionRun(9000 + seed);
            try
            {
                run.Run();
            }
            catch (Exception failure)
            {
                failures.Add($"seed {9000 + seed}: {failure.Message}");
            }

            changes += run.Changes;
            unsettled += run.Unsettled;
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));

        // The runs are of the kind that they should be.
        Assert.True(changes > 120, $"{changes} changes");
        Assert.True(unsettled > 300, $"{unsettled} unsettled at a change");
    }

    [Theory]
    [Trait("Spec", "MSG-130")]
    [Trait("Spec", "MSG-131")]
    [Trait("Spec", "MSG-132")]
    [InlineData(20_000, 0)]
    [InlineData(21_000, 2)]
    public void Who_is_written_to_by_each_of_its_addresses_before_the_succession_is_heard_has_each_message_once(int firstSeed, int page)
    {
        var failures = new List<string>();
        var (early, goneOnAtFirst, goneOnLater) = (0, 0, 0);
        for (var seed = firstSeed; seed < firstSeed + 60; seed++)
        {
            var run = new SuccessionRun(seed, page, early: true);
            try
            {
                run.Run();
            }
            catch (Exception failure)
            {
                failures.Add($"seed {seed}: {failure.Message}");
            }

            early += run.Early;
            goneOnAtFirst += run.GoneOnAtFirst;
            goneOnLater += run.GoneOnLater;
        }

        Assert.True(failures.Count == 0, $"{failures.Count}: {string.Join('\n', failures)}");
        Assert.True(early > 300 && goneOnAtFirst > 40 && goneOnLater > 5, $"{early} messages too early, {goneOnAtFirst} and {goneOnLater} times two conversations");
    }

    [Fact]
    [Trait("Spec", "MSG-90")]
    public void What_the_old_key_signs_counts_for_nothing_once_the_successor_is_known()
    {
        _pair.Start();
        Send();
        var succession = _pair.Alice.ChangeKey(1);
        _pair.Bob.Follow([succession]);
        _pair.Alice.Start();
        Send();
        Assert.Equal([1UL, 2UL], _pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        Assert.All(_pair.Bob.Store.Inbox, entry => Assert.Equal(_pair.Alice.Address, entry.Place.Sender));

        // The thief of the old key runs a node of his own with it. He knows no secret, and opens another conversation.
        var thief = new EndpointPair(7, realSignatures: true);
        thief.Pipe.Watch = (_, to, message) =>
        {
            if (to == _pair.Bob.Present)
            {
                _pair.Bob.Receive(message);
            }
        };
        thief.Start();
        Assert.Equal(_pair.Alice.Address, thief.Alice.Present);
        _ = thief.Submit(thief.Alice, thief.Bob, "stolen", 10);
        thief.RunFor(5_000);
        _pair.RunFor(5_000);
        Assert.Equal(2, _pair.Bob.Store.Inbox.Count);
        Assert.True(_pair.Bob.Snapshot().Drops[InboundDrop.ForgedEnvelope] > 0);
    }

    [Fact]
    [Trait("Spec", "MSG-90")]
    public void What_a_successor_sends_waits_until_its_correspondent_knows_of_it_and_then_arrives()
    {
        _pair.Start();
        Send();
        var first = _pair.Alice.ChangeKey(1);
        _pair.Alice.Start();
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "", 100);
        _ = _pair.Submit(_pair.Bob, _pair.Alice, "", 100);
        _pair.RunFor(30_000);
        Assert.Single(_pair.Bob.Store.Inbox);
        var second = _pair.Alice.ChangeKey(2);
        _pair.Alice.Start();
        _pair.Bob.Follow([first, second]);
        Assert.True(_pair.RunUntilQuiet(180_000));
        Assert.Equal(2, _pair.Bob.Store.Inbox.Count);
        _pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-93")]
    public void Who_may_write_and_what_of_him_is_in_the_inbox_stay_the_same()
    {
        _pair.Start();
        _pair.Bob.MayWrite(_pair.Alice.Address);
        Send();
        var succession = _pair.Alice.ChangeKey(1);
        _pair.Alice.Start();
        _pair.Bob.Follow([succession]);
        Send();

        // Who is named by his new address alone may write, too.
        _pair.Bob.MayWrite(_pair.Alice.Present);
        Send();
        Assert.Equal(3, _pair.Bob.Store.Inbox.Count);
        _pair.Bob.MayWrite(_pair.Bob.Address);
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "", 100);
        _pair.RunFor(5_000);
        Assert.Equal(3, _pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-92")]
    public void What_a_recipient_has_lost_comes_again_under_the_new_key()
    {
        _pair.Start();
        var image = _pair.Bob.Backup();
        Send();
        Send();
        var succession = _pair.Alice.ChangeKey(1);
        _pair.Alice.Start();
        _pair.Bob.Restore(image);
        _pair.Bob.Follow([succession]);
        Send();
        Assert.True(_pair.RunUntil(() => _pair.Bob.Store.Inbox.Count == 3, 600_000));
        Assert.Equal([1UL, 2UL, 3UL], _pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
    }

    private void Send()
    {
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "", 100);
        Assert.True(_pair.RunUntilQuiet(180_000));
    }
}
