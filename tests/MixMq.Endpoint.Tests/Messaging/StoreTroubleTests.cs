using MixMq.Endpoint.Messaging;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>What the core makes of a store that has no room, and of one that has found damage.</summary>
public sealed class StoreTroubleTests
{
    [Fact]
    [Trait("Spec", "MSG-30")]
    public void A_full_store_refuses_what_is_new_and_completes_what_was_accepted()
    {
        var pair = new EndpointPair(31);
        pair.Start();
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Submit(pair.Alice, pair.Bob, "c", 20_000);
        pair.RunFor(1_000);
        pair.Alice.StoreIsFull = true;
        var refused = pair.Submit(pair.Alice, pair.Bob, "c", 10);
        Assert.Equal(SubmitRefusal.StoreFull, pair.Alice.Outcomes[refused].Refusal);
        Assert.Contains("full", pair.Alice.Outcomes[refused].Describe(), StringComparison.Ordinal);

        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(60_000));
        Assert.Equal(1, pair.Alice.Snapshot().Acknowledged);
        pair.Alice.StoreIsFull = false;
        var accepted = pair.Submit(pair.Alice, pair.Bob, "c", 10);
        Assert.True(pair.RunUntilQuiet(60_000));
        Assert.True(pair.Alice.Outcomes[accepted].Accepted);
    }

    [Fact]
    [Trait("Spec", "MSG-30")]
    public void A_full_inbox_takes_nothing_new_acknowledges_what_it_has_and_recovers()
    {
        var pair = new EndpointPair(32);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Bob.StoreIsFull = true;
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.Submit(pair.Alice, pair.Bob, "c", 30_000);
        pair.Submit(pair.Bob, pair.Alice, "d", 10);
        pair.RunFor(30_000);
        Assert.Single(pair.Bob.Store.Inbox);
        Assert.Equal(0, pair.Bob.Store.PartialCount);
        Assert.Equal(2, pair.Alice.Snapshot().Unsettled);
        Assert.True(pair.Bob.Snapshot().Drops[InboundDrop.StoreFull] > 0);

        pair.Bob.StoreIsFull = false;
        Assert.True(pair.RunUntilQuiet(300_000));
        Assert.Equal(3, pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-31")]
    public void A_damaged_message_has_its_place_taken_by_a_tombstone_at_once()
    {
        var pair = new EndpointPair(33);
        pair.Start();
        pair.Pipe.Passes = (_, _, _) => false;
        for (var i = 0; i < 3; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 3_000);
        }

        pair.RunFor(1_000);
        pair.Alice.Kill();
        pair.Alice.Loaded = static state => state with
        {
            Outbox = [.. state.Outbox.Select(entry => entry.Sequence == 2 ? entry with { Damaged = true, ContentLength = 0, Envelope = default, Label = "" } : entry)],
        };
        pair.Alice.Start();
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(60_000));
        Assert.Equal([false, true, false], pair.Bob.Store.Inbox.Select(entry => entry.Tombstone));
        Assert.Equal((2, 1), (pair.Alice.Snapshot().Acknowledged, pair.Alice.Snapshot().Expired));
    }
}
