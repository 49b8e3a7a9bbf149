using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>Limits of a recipient that was written to under several addresses, and what many pairs of conversations cost.</summary>
public sealed class ManyNamesakesTests
{
    private const int Limit = 10;

    [Theory]
    [Trait("Spec", "MSG-134")]
    [InlineData(false)]
    [InlineData(true)]
    public void The_messages_of_all_addresses_of_a_recipient_count_against_its_limit_at_once_and_after_a_restart(bool restarts)
    {
        var pair = new EndpointPair(7, options => options with { MaxOutboxMessagesPerRecipient = Limit });
        pair.Start();
        _ = pair.Submit(pair.Alice, pair.Bob, "both", 100);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.AliceRoutes.Open = false;
        var old = pair.Bob.Address;
        var succession = pair.Bob.ChangeKey(1);
        pair.Bob.Start();

        // Three go behind the old address's; four are in a conversation that is open under each alone.
        for (var i = 0; i < 3; i++)
        {
            _ = pair.Submit(pair.Alice, pair.Bob, "both", 100, 0, pair.Bob.Present);
        }

        for (var i = 0; i < 2; i++)
        {
            _ = pair.Submit(pair.Alice, pair.Bob, "new", 100, 0, pair.Bob.Present);
            _ = pair.Submit(pair.Alice, pair.Bob, "old", 100, 0, old);
        }

        pair.RunFor(5_000);
        pair.Alice.Follow([succession]);
        pair.RunFor(5_000);
        Assert.Equal(3, pair.Alice.Store.OutboundConversations.Count());
        if (restarts)
        {
            pair.Alice.Kill();
            pair.Alice.Start();
            pair.RunFor(1_000);
        }

        Assert.Equal(7, pair.Alice.Snapshot().Unsettled);
        long[] taken = [.. new[] { old, pair.Bob.Present, old }.Select(address => pair.Submit(pair.Alice, pair.Bob, "both", 100, 0, address))];
        pair.RunFor(1_000);
        Assert.All(taken, token => Assert.True(pair.Alice.Outcomes[token].Accepted));
        long[] refused = [.. new[] { old, pair.Bob.Present }.Select(address => pair.Submit(pair.Alice, pair.Bob, "both", 100, 0, address))];
        pair.RunFor(1_000);
        Assert.All(refused, token => Assert.Equal(SubmitRefusal.RecipientQueueFull, pair.Alice.Outcomes[token].Refusal));
        pair.AliceRoutes.Open = true;
        Assert.True(pair.RunUntilQuiet(600_000));
        pair.JudgeBoth();
    }

    // Both are asked at each input, whether anything waits in them or not.
    [Fact]
    public void To_find_out_what_is_due_next_takes_no_memory()
    {
        var names = new NamesakeQueue();
        var strays = new StrayAnswers();
        Assert.Equal((Moment.Never, Moment.Never), (names.NextDeadline, strays.NextDeadline));
        Assert.Equal(0, AllocatedByLooks());
        foreach (var number in Enumerable.Range(0, 100))
        {
            names.Put(new NamesakeConversations(default, []) { Number = number }, 1_000 - (number / 2));
        }

        Assert.Equal((951, 98), (names.NextDeadline, names.First!.Number));
        Assert.Equal(0, AllocatedByLooks());

        long AllocatedByLooks()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                _ = Math.Min(names.NextDeadline, strays.NextDeadline);
                _ = strays.TryTake(new(1, 1), out _);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    // Of n pairs each is looked at a few times: when it is asked about, when that is signed, and when it is found to be due. Looking through all for the one that is due would cost n for each.
    [Theory]
    [InlineData(200)]
    [InlineData(800)]
    public void Each_of_many_pairs_is_looked_at_as_often_as_of_few(int pairs)
    {
        var pair = new EndpointPair(7);
        pair.Start();
        NodeAddress[] addresses = [pair.Bob.Address, NodeAddress.FromBytes([.. Enumerable.Repeat((byte)201, 32)])];
        pair.AliceRoutes.Unreachable.UnionWith(addresses);
        foreach (var name in Enumerable.Range(0, pairs))
        {
            foreach (var address in addresses)
            {
                _ = pair.Submit(pair.Alice, pair.Bob, $"c{name}", 10, 0, address);
                pair.RunFor(5);
            }
        }

        pair.RunFor(5_000);
        Assert.Equal(2 * pairs, pair.Alice.Store.OutboundConversations.Count());
        Assert.Equal(StatementError.None, Succession.TryCreate(addresses[0], addresses[1], 5, 0, isEmergency: false, out var succession));
        var before = pair.Alice.NamesakeLooks;
        pair.Alice.Follow([succession!]);
        Assert.Equal(2 * pairs, pair.Alice.Snapshot().JoiningConversations);

        // Each is asked about twice at least, one in 20 ms.
        pair.RunFor(20 * pairs * 4);
        Assert.InRange(pair.Alice.NamesakeLooks - before, 2 * pairs, 6 * pairs);
    }
}
