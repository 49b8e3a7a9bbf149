using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay.Topology;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>Comparisons between endpoints whose views the test chooses.</summary>
public sealed class ViewComparisonTests
{
    private const int Alice = 900;
    private const int Bob = 901;
    private const int Carol = 902;

    [Fact]
    public void Equal_views_agree_and_say_nothing()
    {
        var net = Pair(1, out var alice, out var bob);
        alice.Show(Honest(50));
        bob.Show(Honest(50));
        net.Talk(alice, bob);
        net.RunFor(600);
        foreach (var endpoint in new[] { alice, bob })
        {
            Assert.Equal((ViewSuspicion.None, 0L, 1, 1, 0), Told(endpoint.Views));
            Assert.Equal(1, endpoint.Views.Agreement);
            Assert.InRange(endpoint.Views.Rounds, 7, 14);
            Assert.Equal(0, endpoint.Views.Findings);
            Assert.Empty(endpoint.Core.Snapshot().Drops);
        }
    }

    [Theory]
    [Trait("Spec", "MSG-26")]
    [InlineData("missing")]
    [InlineData("older")]
    [InlineData("only here")]
    [InlineData("contradictory")]
    public void A_false_view_is_found_in_the_second_round_and_named_and_forgotten_when_it_heals(string kind)
    {
        var net = Pair(2, out var alice, out var bob);
        bob.Show(Honest(50));
        var records = Enumerable.Range(0, 50).Select(origin => RecordBook.Get(origin, 0)).ToList();
        switch (kind)
        {
            case "missing": records.RemoveRange(10, 3); break;
            case "older": bob.Show(View([.. records.Take(47), .. Enumerable.Range(47, 3).Select(origin => RecordBook.Get(origin, 1))])); break;
            case "only here": records.AddRange(Enumerable.Range(60, 3).Select(origin => RecordBook.Get(origin, 0))); break;
            default: records = [.. records.Take(47), .. Enumerable.Range(47, 3).Select(origin => RecordBook.Get(origin, 0, variant: 1))]; break;
        }

        alice.Show(View(records));
        net.Talk(alice, bob);
        Assert.True(net.RunUntil(() => alice.Views.Rounds == 1, 120));
        Assert.Equal(ViewSuspicion.None, alice.Core.ViewSuspicion);
        Assert.InRange(alice.Views.Agreement, 0.9, 0.99);
        Assert.True(net.RunUntil(() => alice.Views.Rounds == 2, 120));
        Assert.Equal(ViewSuspicion.Note, alice.Core.ViewSuspicion);
        var views = alice.Views;
        Assert.Equal(
            kind switch { "missing" => (3, 0, 0, 0), "older" => (0, 3, 0, 0), "only here" => (0, 0, 3, 0), _ => (0, 0, 0, 3) },
            (views.Missing, views.Older, views.OnlyHere, views.Contradictory));
        Assert.Equal((1, 0, 1, 1L), (views.Compared, views.Agreeing, views.Differing, views.Findings));
        Assert.Equal(net.Clock.Moment().UnixMillis, views.SinceUnixMillis);

        bob.Show(Honest(50));
        alice.Show(Honest(50));
        Assert.True(net.RunUntil(() => alice.Core.ViewSuspicion == ViewSuspicion.None, 120));
        Assert.Equal((0L, 1L), (alice.Views.SinceUnixMillis, alice.Views.Findings));
    }

    [Fact]
    [Trait("Spec", "MSG-27")]
    public void Two_correspondents_who_differ_are_a_warning_and_one_is_a_note()
    {
        var net = Pair(3, out var alice, out var bob);
        var carol = net.Add(Carol);
        alice.Show(Honest(40));
        bob.Show(Honest(50));
        carol.Show(Honest(50));
        net.Talk(alice, bob);
        Assert.True(net.RunUntil(() => alice.Core.ViewSuspicion == ViewSuspicion.Note, 240));
        net.Talk(alice, carol);
        Assert.True(net.RunUntil(() => alice.Core.ViewSuspicion == ViewSuspicion.Warning, 240));

        // Told by both, counted once.
        Assert.Equal((2, 10), (alice.Views.Differing, alice.Views.Missing));
        Assert.Equal(2, alice.Views.Findings);

        // Carol has rounds of her own.
        Assert.True(net.RunUntil(() => carol.Core.ViewSuspicion == ViewSuspicion.Note, 240));
    }

    [Fact]
    [Trait("Spec", "MSG-27")]
    public void Strangers_alone_are_never_a_warning()
    {
        var net = new TalkNet(4);
        var bob = net.Add(Bob);
        bob.Show(Honest(50));
        var strangers = Enumerable.Range(910, 5).Select(origin => net.Add(origin)).ToArray();
        foreach (var stranger in strangers)
        {
            stranger.Show(Honest(30));
            Write(net, stranger, bob);
        }

        net.RunFor(400);
        Assert.Equal(5, bob.Views.Differing);
        Assert.Equal(ViewSuspicion.Note, bob.Core.ViewSuspicion);

        static void Write(TalkNet net, TalkEndpoint from, TalkEndpoint to)
        {
            from.Submit(to.Address, "c", 10);
            net.After(30_000, () => Write(net, from, to));
        }
    }

    [Fact]
    [Trait("Spec", "MSG-24")]
    public void Wholly_different_views_are_found_page_by_page_within_the_limits()
    {
        var net = Pair(5, out var alice, out var bob);
        alice.Show(View(Enumerable.Range(0, 30).Select(origin => RecordBook.Get(origin, 0))));
        bob.Show(View(Enumerable.Range(30, 400).Select(origin => RecordBook.Get(origin, 0))));
        net.Talk(alice, bob);
        Assert.True(net.RunUntil(() => alice.Views.Rounds == 2, 200));
        Assert.Equal(ViewSuspicion.Note, alice.Core.ViewSuspicion);
        Assert.InRange(alice.Views.Missing, 8 * 20, 8 * 30);
        Assert.InRange(alice.Core.Snapshot().ViewSummariesSent, 16, 20);
        Assert.True(alice.Views.Agreement < 0.01);
        Assert.Empty(alice.Core.Snapshot().Drops);
    }

    [Fact]
    [Trait("Spec", "MSG-20")]
    public void Nobody_is_asked_who_does_not_talk_any_more()
    {
        var net = Pair(6, out var alice, out var bob);
        alice.Show(Honest(20));
        bob.Show(Honest(20));
        alice.Submit(bob.Address, "c", 10);
        net.RunFor(700);
        Assert.InRange(alice.Views.Rounds, 7, 16);
        var sent = net.Sent;
        net.RunFor(3600);
        Assert.Equal(sent, net.Sent);
        Assert.Equal(0, alice.Views.Compared);
    }

    [Fact]
    public void Nobody_is_asked_beside_a_message_who_does_not_talk_any_more()
    {
        var net = Pair(6, out var alice, out var bob);
        alice.Show(Honest(20));
        bob.Show(Honest(20));
        alice.Submit(bob.Address, "c", 10);
        net.RunFor(20);
        net.Passes = (from, _, _) => from == alice.Address;
        net.RunFor(600);
        var sent = alice.Core.Snapshot().ViewSummariesSent;
        Assert.InRange(sent, 3, 30);

        // Messages go on, and the pause after rounds without an answer ends while nothing comes back.
        for (var minute = 0; minute < 30; minute++)
        {
            alice.Submit(bob.Address, "c", 10);
            net.RunFor(60);
        }

        Assert.Equal(sent, alice.Core.Snapshot().ViewSummariesSent);
    }

    [Fact]
    [Trait("Spec", "MSG-21")]
    public void A_correspondent_who_never_answers_costs_ever_less_and_is_counted()
    {
        var net = Pair(7, out var alice, out var bob);
        alice.Show(Honest(20));
        bob.Show(Honest(20));
        net.Passes = (_, _, message) => !TalkNet.FrameTypes(message).Contains(FrameType.ViewItems);
        net.Talk(alice, bob);
        net.RunFor(7200);
        Assert.Equal((0, 1), (alice.Views.Compared, alice.Views.Unanswered));
        Assert.InRange(alice.Core.Snapshot().ViewSummariesSent, 10, 45);
        Assert.Equal(ViewSuspicion.None, alice.Core.ViewSuspicion);
    }

    [Fact]
    [Trait("Spec", "MSG-20")]
    public void Summaries_ride_beside_messages_where_there_are_any()
    {
        var net = Pair(8, out var alice, out var bob);
        alice.Show(Honest(20));
        bob.Show(Honest(20));
        var (alone, beside) = (0, 0);
        net.Passes = (_, _, message) =>
        {
            var types = TalkNet.FrameTypes(message);
            alone += types is [FrameType.ViewSummary] ? 1 : 0;
            beside += types.Contains(FrameType.ViewSummary) && types.Count > 1 ? 1 : 0;
            return true;
        };
        for (var second = 0; second < 600; second++)
        {
            alice.Submit(bob.Address, "c", 10);
            net.RunFor(1);
        }

        Assert.Equal(0, alone);
        Assert.InRange(beside, 15, 30);
    }

    [Fact]
    public void Views_are_not_compared_across_clocks_that_are_too_far_apart()
    {
        var net = new TalkNet(9);
        var alice = net.Add(Alice);
        var bob = net.Add(Bob, skewMillis: 180_000);
        alice.Show(Honest(20));
        bob.Show(Honest(30));
        net.Talk(alice, bob);
        net.RunFor(400);
        Assert.Equal((ViewSuspicion.None, 0L, 0, 0, 0), Told(alice.Views));
        Assert.Equal(1, alice.Views.ClockDiffers);
    }

    [Fact]
    public void One_round_with_an_equal_view_costs_two_packets()
    {
        var net = Pair(10, out var alice, out var bob);
        alice.Show(Honest(50));
        bob.Show(Honest(50));
        alice.Submit(bob.Address, "c", 10);
        net.RunFor(10);
        var sent = net.Sent;
        net.RunFor(590);
        Assert.Equal(2 * (alice.Views.Rounds + bob.Views.Rounds), net.Sent - sent);
    }

    [Fact]
    [Trait("Spec", "MSG-25")]
    public void Gossip_on_its_way_refreshes_skew_and_expiry_are_no_finding() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var net = new TalkNet(seed) { Loss = 0.03 };
            var endpoints = new[] { Alice, Bob, Carol }.Select(origin => net.Add(origin, net.Random.NextInt32(100_001) - 50_000)).ToArray();
            var held = endpoints.Select(_ => new Dictionary<int, LinkStateRecord>()).ToArray();
            for (var origin = 0; origin < 40; origin++)
            {
                var record = RecordBook.Get(origin, RecordBook.FirstVersion - 8 + (origin % 8), lifetimeMillis: 300_000);
                Array.ForEach(held, view => view[origin] = record);
                Refresh(origin);
            }

            for (var i = 0; i < endpoints.Length; i++)
            {
                Redraw(i);
                net.Talk(endpoints[i], endpoints[(i + 1) % endpoints.Length]);
            }

            for (var minute = 0; minute < 15; minute++)
            {
                net.RunFor(60);
                Assert.All(endpoints, endpoint => Assert.Equal(0, endpoint.Views.Findings));
            }

            Assert.All(endpoints, endpoint => Assert.InRange(endpoint.Views.Rounds, 18, 45));
            Assert.All(endpoints, endpoint => Assert.InRange(endpoint.Views.Agreement, 0.5, 1));

            // Every origin says something new every 15 to 150 seconds; it is known after up to a few seconds; one in eight stops for good.
            void Refresh(int origin) => net.After(15_000 * (1 + net.Random.NextInt32(10)) * net.Random.NextDouble(), () =>
            {
                if (origin % 8 == 3 && net.Clock.Micros > 300_000_000)
                {
                    return;
                }

                var record = RecordBook.Get(origin, RecordBook.VersionAt(net.Clock.Micros), lifetimeMillis: 300_000);
                for (var i = 0; i < endpoints.Length; i++)
                {
                    var endpoint = i;
                    net.After(net.Random.NextExponential(1500), () =>
                    {
                        if (!held[endpoint].TryGetValue(origin, out var old) || old.Sequence < record.Sequence)
                        {
                            held[endpoint][origin] = record;
                            Redraw(endpoint);
                        }
                    });
                }

                Refresh(origin);
            });

            void Redraw(int i)
            {
                var now = endpoints[i].UnixMillis;
                endpoints[i].Show(View(held[i].Values.Where(record => record.ExpiresUnixMillis > now)));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10).WithReplay(7, 11));

    private static TalkNet Pair(long seed, out TalkEndpoint alice, out TalkEndpoint bob)
    {
        var net = new TalkNet(seed);
        alice = net.Add(Alice);
        bob = net.Add(Bob);
        return net;
    }

    private static TopologyView View(IEnumerable<LinkStateRecord> records) => RecordBook.View(records);

    private static TopologyView Honest(int count) => View(Enumerable.Range(0, count).Select(origin => RecordBook.Get(origin, 0)));

    private static (ViewSuspicion Suspicion, long Since, int Compared, int Agreeing, int Differing) Told(ViewComparison views) =>
        (views.Suspicion, views.SinceUnixMillis, views.Compared, views.Agreeing, views.Differing);
}
