using MixMq.Endpoint.Messaging.Sending;
using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class TimingTests
{
    [Fact]
    public void Four_mebibytes_take_less_than_15_seconds_and_few_acknowledgements()
    {
        var pair = new EndpointPair(1);
        pair.Pipe.Loss = 0.01;
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "file", 4 * 1024 * 1024);
        Assert.True(pair.RunUntilQuiet(15_000));
        pair.JudgeBoth();
        var sender = pair.Alice.Snapshot();
        Assert.True(sender.FragmentsSent > 2_000);
        Assert.True(sender.Retransmissions < sender.FragmentsSent / 20, $"{sender.Retransmissions} retransmissions");
        Assert.True(pair.Bob.Snapshot().AcknowledgementsSent < sender.FragmentsSent / 8);
    }

    [Fact]
    public void Five_hundred_messages_of_4_KiB_take_less_than_10_seconds()
    {
        var pair = new EndpointPair(2);
        pair.Start();
        for (var i = 0; i < 500; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c" + (i % 3), 4096);
        }

        Assert.True(pair.RunUntilQuiet(10_000));
        pair.JudgeBoth();
        Assert.Equal(500, pair.Bob.Store.Inbox.Count);
        Assert.True(pair.Bob.Snapshot().AcknowledgementsSent < 300);
    }

    [Fact]
    public void No_burst_exceeds_the_pace()
    {
        var pair = new EndpointPair(3);
        var times = new List<long>();
        pair.Pipe.Watch = (from, _, _) => times.AddRange(from == pair.Alice.Address ? [pair.Clock.Micros] : []);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "file", 1024 * 1024);
        Assert.True(pair.RunUntilQuiet(15_000));
        for (var i = 0; i + 64 < times.Count; i++)
        {
            // 32 at once after a pause, then one a millisecond.
            Assert.True(times[i + 64] - times[i] >= 30_000, "a burst");
        }
    }

    [Fact]
    public void A_large_message_does_not_hold_up_another_conversation()
    {
        var pair = new EndpointPair(4);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "file", 4 * 1024 * 1024);
        pair.RunFor(1_000);
        pair.Submit(pair.Alice, pair.Bob, "chat", 100);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Any(entry => entry.ConversationName == "chat"), 1_000));
        Assert.DoesNotContain(pair.Bob.Store.Inbox, entry => entry.ConversationName == "file");
    }

    [Fact]
    [Trait("Spec", "MSG-19")]
    public void A_fragment_without_answer_is_repeated_ever_more_slowly()
    {
        var pair = new EndpointPair(5);
        var times = new List<long>();
        pair.Pipe.Watch = (_, _, _) => times.Add(pair.Clock.Micros);
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.RunFor(600_000);
        var gaps = times.Zip(times.Skip(1), (a, b) => (b - a) / 1000.0).ToArray();
        var first = (2 * 14.794 * 50) + 300;
        for (var i = 0; i < gaps.Length; i++)
        {
            var expected = Math.Min(first * Math.Pow(2, i), 60_000);
            Assert.InRange(gaps[i], (0.75 * expected) - 5, (1.25 * expected) + 5);
        }

        Assert.InRange(gaps.Length, 10, 20);
        Assert.Contains(gaps, gap => gap > 50_000);
    }

    [Fact]
    [Trait("Spec", "MSG-19")]
    public void In_an_outage_many_messages_are_no_reason_to_try_more_often()
    {
        var pair = new EndpointPair(6);
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Start();
        for (var i = 0; i < 300; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c" + (i % 10), 5_000);
        }

        pair.RunFor(120_000);
        var before = pair.Pipe.Sent;
        pair.RunFor(600_000);
        Assert.InRange(pair.Pipe.Sent - before, 5, 20);
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(90_000));
        pair.JudgeBoth();
    }

    [Fact]
    public void Acknowledgements_ride_beside_fragments_where_there_are_any()
    {
        var pair = new EndpointPair(7);
        var both = 0;
        pair.Pipe.Watch = (_, _, message) =>
        {
            var types = new List<FrameType>();
            ReadOnlySpan<byte> rest = message;
            while (Frame.TryTake(ref rest, out var type, out _))
            {
                types.Add(type);
            }

            both += types.Contains(FrameType.Fragment) && types.Contains(FrameType.Acknowledgement) ? 1 : 0;
        };
        pair.Start();
        for (var i = 0; i < 200; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
            pair.Submit(pair.Bob, pair.Alice, "c", 100);
            pair.RunFor(10);
        }

        Assert.True(pair.RunUntilQuiet(10_000));
        pair.JudgeBoth();
        Assert.True(both > 10, $"{both} packets carried both");
    }

    [Fact]
    [Trait("Spec", "MSG-11")]
    public void Acknowledgements_of_one_conversation_keep_their_distance()
    {
        var pair = new EndpointPair(8);
        var times = new List<long>();
        pair.Pipe.Watch = (from, _, _) => times.AddRange(from == pair.Bob.Address ? [pair.Clock.Micros] : []);
        pair.Start();
        for (var i = 0; i < 300; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
            pair.RunFor(3);
        }

        Assert.True(pair.RunUntilQuiet(10_000));
        Assert.All(times.Zip(times.Skip(1)), pairOfTimes => Assert.True(pairOfTimes.Second - pairOfTimes.First >= 50_000));
    }

    [Fact]
    public void The_round_trip_is_measured_and_timeouts_keep_above_the_mixing_delays()
    {
        var pair = new EndpointPair(9);
        pair.Pipe.MeanDelayMs = 1;
        pair.Start();
        for (var i = 0; i < 50; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
            pair.RunFor(100);
        }

        Assert.InRange(pair.Alice.Snapshot().RoundTripMs, 5, 100);
        var times = new List<long>();
        pair.Pipe.Watch = (_, _, _) => times.Add(pair.Clock.Micros);
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.RunFor(5_000);
        Assert.True(times[1] - times[0] >= (long)(19.6 * 50 * 1000) + 300_000);
    }

    [Fact]
    public void The_percentile_of_five_exponential_delays_is_fourteen_point_eight_means()
    {
        Assert.Equal(14.794, MixingDelay.Percentile(5), 3);
        Assert.Equal(6.908, MixingDelay.Percentile(1), 3);
        Assert.Equal(0, MixingDelay.Percentile(0));
    }
}
