using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>What strangers, and correspondents who lie, can do with view frames. Alice is the victim.</summary>
public sealed class HostileViewTests
{
    [Fact]
    [Trait("Spec", "MSG-22")]
    public void Any_flipped_bit_of_a_summary_is_answered_by_nothing()
    {
        var net = Talking(1, out _, out var bob, out var frames);
        var summary = frames.First(frame => frame[0] == (byte)FrameType.ViewSummary);
        var sent = net.Sent;
        for (var bit = 0; bit < 8 * summary.Length; bit++)
        {
            bob.Receive(Flipped(summary, bit));
        }

        Assert.Equal(sent, net.Sent);
        Assert.Equal(0, bob.Drops(InboundDrop.ViewQuota));
        Assert.True(bob.Drops(InboundDrop.ForgedView) > 4_000);
    }

    [Fact]
    public void Any_flipped_bit_of_items_that_are_waited_for_changes_nothing()
    {
        var net = Talking(1, out var alice, out var bob, out _);
        byte[]? items = null;
        net.Passes = (from, _, message) =>
        {
            items = from == bob.Address && TalkNet.FrameTypes(message) is [FrameType.ViewItems] ? message : items;
            return items is null;
        };
        Assert.True(net.RunUntil(() => items is not null, 120));
        var before = alice.Views;
        for (var bit = 0; bit < 8 * items!.Length; bit++)
        {
            alice.Receive(Flipped(items, bit));
        }

        Assert.Equal(before, alice.Views);
        Assert.True(alice.Drops(InboundDrop.ForgedView) > 500);
        alice.Receive(items);
        Assert.Equal(before.Rounds + 1, alice.Views.Rounds);
    }

    [Fact]
    [Trait("Spec", "MSG-22")]
    public void Items_that_were_not_asked_for_or_come_again_are_dropped()
    {
        _ = Talking(2, out var alice, out _, out var frames);
        var items = frames.First(frame => frame[0] == (byte)FrameType.ViewItems);
        var rounds = alice.Views.Rounds;
        alice.Receive(items);
        alice.Receive(items);
        Assert.Equal(2, alice.Drops(InboundDrop.UnaskedView));
        Assert.Equal(rounds, alice.Views.Rounds);
    }

    [Fact]
    [Trait("Spec", "MSG-23")]
    public void A_flood_of_summaries_is_answered_within_the_quota()
    {
        var net = Talking(3, out _, out var bob, out var frames);
        var summary = frames.First(frame => frame[0] == (byte)FrameType.ViewSummary);
        var sent = net.Sent;
        for (var i = 0; i < 10_000; i++)
        {
            bob.Receive(summary);
        }

        Assert.InRange(net.Sent - sent, 10, 16);
        Assert.True(bob.Drops(InboundDrop.ViewQuota) > 9_900);
    }

    [Fact]
    [Trait("Spec", "MSG-23")]
    public void Who_has_not_written_for_long_and_who_may_not_write_is_not_answered()
    {
        var net = Talking(4, out _, out var bob, out var frames);
        var summary = frames.First(frame => frame[0] == (byte)FrameType.ViewSummary);
        net.Passes = static (_, _, _) => false;
        net.RunFor(25 * 60);
        var sent = net.Sent;
        bob.Receive(summary);
        Assert.Equal(sent, net.Sent);
        Assert.Equal(1, bob.Drops(InboundDrop.ViewQuota));
    }

    [Fact]
    public void Whatever_a_correspondent_says_of_the_network_alone_it_is_a_note_and_goes_when_it_ends()
    {
        var net = new TalkNet(5);
        var (alice, mallory) = (net.Add(900), net.Add(901));
        alice.Show(RecordBook.View(Enumerable.Range(0, 50).Select(origin => RecordBook.Get(origin, 0))));

        // Nodes that don't exist, and none of those that do.
        mallory.Show(RecordBook.View(Enumerable.Range(100, 100).Select(origin => RecordBook.Get(origin, 0))));
        net.Talk(alice, mallory);
        net.RunFor(600);
        Assert.Equal(ViewSuspicion.Note, alice.Core.ViewSuspicion);
        Assert.Equal(100, alice.Views.Missing);
        net.Passes = static (_, _, _) => false;
        net.RunFor(3700);
        Assert.Equal(ViewSuspicion.None, alice.Core.ViewSuspicion);
        Assert.Equal(0, alice.Views.Differing);
    }

    [Fact]
    [Trait("Spec", "MSG-28")]
    public void More_correspondents_than_are_compared_take_no_more_room_and_push_out_nobody_chosen()
    {
        var net = new TalkNet(6);
        var alice = net.Add(900, configure: options => options with { MaxComparedCorrespondents = 4 });
        alice.Show(RecordBook.View([RecordBook.Get(0, 0)]));
        var friend = net.Add(901);
        friend.Show(RecordBook.View([RecordBook.Get(0, 0)]));
        var strangers = Enumerable.Range(910, 10).Select(origin => net.Add(origin)).ToArray();
        foreach (var stranger in strangers)
        {
            stranger.Show(RecordBook.View([RecordBook.Get(1, 0)]));
            stranger.Submit(alice.Address, "c", 10);
        }

        net.RunFor(100);
        Assert.Equal(4, alice.Views.Compared);
        alice.Submit(friend.Address, "c", 10);
        net.RunFor(180);
        Assert.Equal((4, 1, 3), (alice.Views.Compared, alice.Views.Agreeing, alice.Views.Differing));
        Assert.Equal(ViewSuspicion.Note, alice.Core.ViewSuspicion);

        // Strangers don't push out each other either while they talk: the results would be gone.
        Array.ForEach(strangers, stranger => stranger.Submit(alice.Address, "c", 10));
        net.RunFor(5);
        Assert.Equal((4, 1, 3), (alice.Views.Compared, alice.Views.Agreeing, alice.Views.Differing));
    }

    [Fact]
    public void Garbage_in_view_frames_is_counted_and_nothing_else() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var random = new SeededRandomSource(seed);
            var net = new TalkNet(seed);
            var alice = net.Add(900);
            alice.Show(RecordBook.View([RecordBook.Get(0, 0)]));
            for (var i = 0; i < 20; i++)
            {
                var body = new byte[random.NextInt32(700)];
                random.Fill(body);
                alice.Receive([(byte)(4 + random.NextInt32(2)), (byte)body.Length, (byte)(body.Length >> 8), .. body]);
            }

            Assert.Equal(0, net.Sent);
            Assert.Equal(20, alice.Drops(InboundDrop.MalformedFrame) + alice.Drops(InboundDrop.UnknownConversation) + alice.Drops(InboundDrop.UnaskedView));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100).WithReplay(3, 7));

    // Alice has asked Bob at least once and has an answer.
    private static TalkNet Talking(long seed, out TalkEndpoint alice, out TalkEndpoint bob, out List<byte[]> frames)
    {
        var net = new TalkNet(seed);
        alice = net.Add(900);
        bob = net.Add(901);
        var (asker, seen) = (alice, new List<byte[]>());
        net.Passes = (from, _, message) =>
        {
            var wanted = from == asker.Address ? FrameType.ViewSummary : FrameType.ViewItems;
            if (TalkNet.FrameTypes(message) is [var only] && only == wanted)
            {
                seen.Add(message);
            }

            return true;
        };
        alice.Show(RecordBook.View(Enumerable.Range(0, 20).Select(origin => RecordBook.Get(origin, 0))));
        bob.Show(RecordBook.View(Enumerable.Range(1, 20).Select(origin => RecordBook.Get(origin, 0))));
        alice.Submit(bob.Address, "c", 10);
        Assert.True(net.RunUntil(() => asker.Views.Rounds == 1, 120));
        net.RunFor(20);
        frames = seen;
        return net;
    }

    private static byte[] Flipped(byte[] frame, int bit)
    {
        var changed = frame.ToArray();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }
}
