using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;
using static MixMq.Endpoint.Tests.Anonymous.AnonymousRun;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>What an anonymous message tells of its sender, by what is in it and by when its packets leave.</summary>
public sealed class AnonymousSecrecyTests
{
    [Fact]
    [Trait("Spec", "MSG-70")]
    [Trait("Spec", "MSG-71")]
    public void Nothing_that_reaches_the_recipient_names_the_sender_or_ties_two_messages_together()
    {
        var run = new AnonymousRun(1);
        var packets = new List<byte[]>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address)
            {
                packets.Add(message);
            }
        };
        run.Pair.Start();
        run.Submit(500);
        run.Submit(500);
        Assert.True(run.Settles(Minute));
        run.Judge();
        Assert.Equal(2, run.Received);

        byte[] name = run.Alice.Address.ToArray();
        Assert.All(packets, packet => Assert.Equal(-1, packet.AsSpan().IndexOf(name)));
        Assert.All(run.Bob.Store.Inbox, entry => Assert.Equal(default, entry.Place.Sender));
        Assert.All(run.Bob.Store.Load().InboundConversations, conversation => Assert.Equal(default, conversation.Sender));

        // Besides lengths the two have in common whom they are for and an hour, which is everybody's.
        var heads = packets.Select(packet => packet.AsSpan(Frame.HeaderBytes, AnonymousConstants.SecretBytes).ToArray()).Distinct(EqualityComparer<byte[]>.Create((a, b) => a!.AsSpan().SequenceEqual(b), a => a[0])).ToArray();
        Assert.Equal(2, heads.Length);
        Assert.All(run.Bob.Store.Inbox, entry => Assert.Equal(0, entry.ExpiresUnixMillis % AnonymousConstants.ExpiryUnitMillis));
        Assert.All(run.Bob.Store.Inbox, entry => Assert.Equal(entry.ReceivedUnixMillis, entry.CreatedUnixMillis));
    }

    [Fact]
    [Trait("Spec", "MSG-29")]
    [Trait("Spec", "MSG-72")]
    public void An_anonymous_packet_carries_one_frame_and_a_SURB_also_while_acknowledgements_to_the_same_node_are_due()
    {
        var run = new AnonymousRun(2);
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (message[0] == (byte)FrameType.Anonymous)
            {
                ReadOnlySpan<byte> rest = message;
                Assert.True(Frame.TryTake(ref rest, out var type, out var body) && type == FrameType.Anonymous);
                Assert.True(rest.IsEmpty);
                Assert.True(AnonymousFrame.TryRead(body, PacketGeometry.Default, out var frame));
                Assert.NotEqual(-1, frame.Surb.IndexOfAnyExcept((byte)0));
            }
        };
        run.Pair.Start();
        for (var i = 0; i < 20; i++)
        {
            run.Pair.Submit(run.Bob, run.Alice, "c", 300);
            run.Pair.Submit(run.Alice, run.Bob, "c", 300);
            run.Submit(300);
            run.Pair.RunFor(20);
        }

        Assert.True(run.Settles(Minute));
        Assert.Equal(20, run.Received);
    }

    [Fact]
    [Trait("Spec", "MSG-70")]
    public void What_one_message_learns_of_the_round_trip_changes_no_time_of_another()
    {
        // The same two messages; before the second one the first is answered, or not at all.
        static double[] TimesOfSecond(bool answered)
        {
            var run = new AnonymousRun(111);
            run.Pair.Pipe.MeanDelayMs = answered ? 1 : 50;
            run.Pair.Pipe.ReplyLoss = answered ? 0 : 1;
            run.Pair.Start();
            run.Submit(100_000);
            run.Pair.RunFor(20.0 * Second);
            Assert.Equal(answered ? 0 : 1, run.Alice.Snapshot().Unsettled);
            run.Pair.Pipe.Loss = 1;
            var times = new List<double>();
            run.Pair.Pipe.Watch = (_, _, message) =>
            {
                if (AnonymousFrame.TryRead(message.AsSpan(Frame.HeaderBytes), PacketGeometry.Default, out var frame) && frame.Count == 1)
                {
                    times.Add(run.Pair.Clock.Seconds);
                }
            };
            run.Submit(300);
            run.Pair.RunFor(2.0 * Minute);
            return [.. times.Skip(1).Zip(times, (next, former) => next - former)];
        }

        // First the timeout that follows from the path's length alone, then twice as long each time, times 0.75 to 1.25.
        var first = AnonymousTiming.FirstTimeout(new AnonymousRun(1).Options) / 1000;
        foreach (var answered in new[] { true, false })
        {
            var waits = TimesOfSecond(answered);
            Assert.True(waits.Length >= 4);
            for (var i = 0; i < 4; i++)
            {
                Assert.InRange(waits[i], first * (1 << i) * 0.75, (first * (1 << i) * 1.25) + 0.001);
            }
        }
    }

    [Fact]
    [Trait("Spec", "MSG-75")]
    public void Messages_that_expire_at_one_moment_are_withdrawn_at_times_of_their_own()
    {
        var run = new AnonymousRun(112);
        run.Pair.Pipe.Loss = 1;
        run.Pair.Start();
        for (var i = 0; i < 12; i++)
        {
            run.Submit(300, Hour);
        }

        var withdrawn = new Dictionary<string, long>();
        run.Pair.Pipe.Watch = (_, _, message) =>
        {
            if (message[Frame.HeaderBytes + AnonymousConstants.SecretBytes] == (byte)AnonymousFrameKind.Withdrawal)
            {
                withdrawn.TryAdd(Convert.ToHexString(message, Frame.HeaderBytes, AnonymousConstants.SecretBytes), run.Pair.Clock.Moment().UnixMillis % Hour);
            }
        };
        Assert.True(run.Pair.RunUntil(() => withdrawn.Count == 12, 3 * Hour));
        Assert.InRange(withdrawn.Values.Max(), 30 * Second, Minute + Second);
        Assert.InRange(withdrawn.Values.Min(), 0, 20 * Second);
        Assert.Equal(12, withdrawn.Values.Distinct().Count());
    }

    [Fact]
    [Trait("Spec", "MSG-70")]
    public void After_an_outage_each_message_goes_on_at_a_time_of_its_own()
    {
        var run = new AnonymousRun(113, options => options with { AnonymousStartMs = 10_000 });
        run.Pair.Start();
        run.Pair.AliceRoutes.Open = false;
        for (var i = 0; i < 20; i++)
        {
            run.Submit(300);
        }

        run.Pair.RunFor(10.0 * Minute);
        var times = new List<double>();
        run.Pair.Pipe.Watch = (from, _, _) =>
        {
            if (from == run.Alice.Address)
            {
                times.Add(run.Pair.Clock.Seconds);
            }
        };
        var healed = run.Pair.Clock.Seconds;
        run.Pair.AliceRoutes.Open = true;
        run.Alice.Topology();
        Assert.True(run.Settles(3 * Minute));

        // Exponential of mean 10 s each: within the first second one in ten, and half of them within the first 7 s.
        var waits = times.Select(time => time - healed).Order().ToArray();
        Assert.True(waits.Count(wait => wait < 1) <= 8, "they go on together");
        Assert.InRange(waits[waits.Length / 2], 3, 14);
        Assert.Equal(20, run.Received);
    }
}
