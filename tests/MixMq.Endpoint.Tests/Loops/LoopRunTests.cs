using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Loops;

/// <summary>Loops of one endpoint, and what it makes of their fates.</summary>
public sealed class LoopRunTests
{
    private const double Minute = 60_000;
    private readonly List<(double At, NodeAddress To, byte[] Message)> _sent = [];
    private readonly List<double> _replies = [];

    [Theory]
    [Trait("Spec", "LOP-2")]
    [InlineData(6, 0.5)]
    [InlineData(60, 0.25)]
    [InlineData(600, 1)]
    [InlineData(600, 0)]
    public void Loops_leave_at_the_times_of_a_Poisson_process_in_the_kinds_that_are_configured(double perMinute, double share)
    {
        var gaps = new List<double>();
        var kinds = (Forward: 0, Surb: 0);
        for (var seed = 0; seed < 8; seed++)
        {
            var pair = Start(seed, perMinute, share);
            _sent.Clear();
            _replies.Clear();
            pair.RunFor(600 / perMinute * Minute);
            var times = _sent.Select(sent => sent.At).Concat(_replies).Order().ToList();
            gaps.AddRange(times.Zip(times.Skip(1), (one, next) => (next - one) / (Minute / perMinute)));
            kinds = (kinds.Forward + _sent.Count, kinds.Surb + _replies.Count);
        }

        // About 4,800 gaps of mean 1 and of an exponential distribution: ten classes of equal odds, and the 99.99th percentile of chi-square with nine degrees of freedom.
        Assert.InRange(gaps.Average(), 0.94, 1.06);
        var classes = new int[10];
        gaps.ForEach(gap => classes[Math.Min(9, (int)(10 * (1 - Math.Exp(-gap))))]++);
        var expected = gaps.Count / 10.0;
        Assert.True(classes.Sum(count => (count - expected) * (count - expected) / expected) < 33.7, string.Join(' ', classes));
        var all = (double)(kinds.Forward + kinds.Surb);
        Assert.InRange(kinds.Surb / all, share - 0.03, share + 0.03);
    }

    [Fact]
    [Trait("Spec", "LOP-2")]
    public void Neither_traffic_nor_what_becomes_of_loops_moves_the_next_ones()
    {
        List<double> Times(bool busy)
        {
            var pair = Start(3, 60, 0);
            pair.Pipe.Passes = (from, to, _) => !busy || from != to;
            for (var i = 0; busy && i < 50; i++)
            {
                pair.Submit(pair.Alice, pair.Bob, "c", 3_000);
            }

            _sent.Clear();
            pair.RunFor(10 * Minute);
            return [.. _sent.Where(sent => sent.To == pair.Alice.Address && IsLoop(sent.Message)).Select(sent => sent.At)];
        }

        // The dice are shared, so the times differ; their number is that of the configured rate either way.
        Assert.InRange(Times(busy: false).Count, 500, 700);
        Assert.InRange(Times(busy: true).Count, 500, 700);
    }

    [Fact]
    [Trait("Spec", "LOP-1")]
    public void A_loop_is_alone_in_its_packet_goes_to_oneself_and_no_two_have_one_id()
    {
        var pair = Start(4, 600, 0.5);
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.RunFor(2 * Minute);
        var loops = _sent.Where(sent => IsLoop(sent.Message)).ToList();
        Assert.True(loops.Count > 400);
        Assert.All(loops, loop => Assert.Equal((pair.Alice.Address, 19), (loop.To, loop.Message.Length)));
        Assert.Equal(loops.Count, loops.Select(loop => Convert.ToHexString(loop.Message)).Distinct().Count());
        Assert.Empty(pair.Alice.Store.Inbox);
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "LOP-4")]
    public void What_the_node_itself_drops_before_it_leaves_is_not_lost_and_nothing_is_judged_by_it()
    {
        var pair = Start(11, 60, 0);
        var dropped = new List<MessageId>();
        pair.Pipe.Passes = (from, to, message) =>
        {
            if (to != pair.Alice.Address || !IsLoop(message))
            {
                return true;
            }

            dropped.Add(MessageId.FromBytes(message.AsSpan(3)));
            return false;
        };
        for (var second = 0; second < 300; second++)
        {
            pair.RunFor(1_000);

            // Told twice, it counts once; of one that was never sent nothing is known.
            dropped.ForEach(pair.Alice.DropLoop);
        }

        var loops = pair.Alice.Snapshot().Loops;
        Assert.True(loops.Forward.Sent > 200);
        Assert.Equal((loops.Forward.Sent, 0L, 0L, 0), (loops.Forward.Dropped, loops.Forward.Lost, loops.Forward.Returned, loops.Forward.UnderWay));
        Assert.Equal((0, false), (loops.Judged, loops.IsLosing));

        // One that was given up before stays lost.
        pair.RunFor(Minute);
        var lost = pair.Alice.Snapshot().Loops.Forward.Lost;
        Assert.True(lost > 0);
        dropped.ForEach(pair.Alice.DropLoop);
        Assert.Equal(lost, pair.Alice.Snapshot().Loops.Forward.Lost);
    }

    [Fact]
    [Trait("Spec", "LOP-4")]
    public void Where_nothing_is_lost_all_return_and_their_times_are_measured()
    {
        var pair = Start(5, 600, 0.5);
        pair.RunFor(5 * Minute);
        pair.Alice.Stop();
        pair.RunFor(Minute);
        var loops = pair.Alice.Snapshot().Loops;
        foreach (var figures in (LoopFigures[])[loops.Forward, loops.Surb])
        {
            Assert.True(figures.Sent > 1_000);
            Assert.Equal((figures.Sent, 0L, 0L, 0), (figures.Returned, figures.Lost, figures.Late, figures.UnderWay));
            Assert.Equal(LoopLimits.Samples, figures.Measured);

            // Four exponential delays of mean 50 ms, and the pipe's half a millisecond; 2 ms of it were drawn.
            Assert.InRange(figures.MeanMs, 175, 226);
            Assert.InRange(figures.MedianMs, 160, 210);
            Assert.InRange(figures.Percentile99Ms, 380, 700);
            Assert.Equal(figures.MeanMs - 2, figures.ExcessMs, 3);
        }

        Assert.False(loops.IsLosing);
        Assert.Empty(pair.Alice.Snapshot().Drops);
    }

    [Fact]
    [Trait("Spec", "LOP-4")]
    public void What_is_lost_is_counted_after_its_bound_and_a_warning_comes_and_goes()
    {
        var pair = Start(6, 60, 0.5);
        pair.Pipe.Loss = 0.5;
        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().Loops.IsLosing, 3 * Minute));
        var loops = pair.Alice.Snapshot().Loops;
        Assert.True(loops.Judged >= LoopLimits.LeastJudged && 100 * loops.JudgedLost >= LoopLimits.WarnPercent * loops.Judged);
        pair.Pipe.Loss = 0;
        Assert.True(pair.RunUntil(() => !pair.Alice.Snapshot().Loops.IsLosing, 5 * Minute));
        loops = pair.Alice.Snapshot().Loops;
        Assert.Equal(LoopLimits.Judged, loops.Judged);
        Assert.True(100 * loops.JudgedLost <= LoopLimits.EndPercent * loops.Judged);
        foreach (var figures in (LoopFigures[])[loops.Forward, loops.Surb])
        {
            Assert.True(figures.Lost > 0);
            Assert.Equal(figures.Sent, figures.Returned + figures.Lost + figures.UnderWay);
        }
    }

    [Fact]
    public void A_few_losses_are_no_warning()
    {
        var pair = Start(7, 600, 0.5);
        pair.Pipe.Loss = 0.05;
        for (var i = 0; i < 300; i++)
        {
            pair.RunFor(1_000);
            Assert.False(pair.Alice.Snapshot().Loops.IsLosing);
        }
    }

    [Fact]
    [Trait("Spec", "LOP-4")]
    public void What_comes_later_than_its_bound_stays_lost_and_is_told_apart_from_a_forgery()
    {
        var pair = Start(8, 60, 0.5);
        pair.Pipe.Relays = 1;
        pair.Pipe.MeanDelayMs = 8_000;
        pair.RunFor(30 * Minute);
        var snapshot = pair.Alice.Snapshot();
        var late = snapshot.Loops.Forward.Late + snapshot.Loops.Surb.Late;
        Assert.True(late > 100);
        Assert.True(late <= snapshot.Loops.Forward.Lost + snapshot.Loops.Surb.Lost);
        Assert.Empty(snapshot.Drops);
    }

    [Fact]
    [Trait("Spec", "LOP-3")]
    public void Nobody_else_can_make_a_return_and_each_counts_once()
    {
        var pair = Start(9, 60, 0.5);
        pair.Pipe.Passes = (from, to, _) => from != to;
        pair.Pipe.ReplyLoss = 1;
        Assert.True(pair.RunUntil(() => _sent.Any(sent => IsLoop(sent.Message)), Minute));
        var loop = _sent.First(sent => IsLoop(sent.Message)).Message;
        var id = MessageId.FromBytes(loop.AsSpan(3));
        byte[] other = [.. loop[..^1], (byte)(loop[^1] ^ 1)];
        pair.Alice.Receive(other);
        pair.Alice.Receive([10, 15, 0, .. loop[3..^1]]);

        // Somebody who has a SURB of this node's for something else, and one who would answer a packet's loop by reply.
        pair.Alice.ReceiveReply(MessageId.FromBytes(new byte[16]), [11]);
        pair.Alice.ReceiveReply(id, [11]);
        pair.Alice.ReceiveReply(id, [11, 0]);
        Assert.Equal((0L, 0L), Returned(pair));
        pair.Alice.Receive(loop);
        Assert.Equal((1L, 0L), Returned(pair));
        pair.Alice.Receive(loop);
        Assert.Equal((1L, 0L), Returned(pair));
        var drops = pair.Alice.Snapshot().Drops;
        Assert.Equal((4L, 2L), (drops[InboundDrop.UnknownLoop], drops[InboundDrop.MalformedFrame]));
    }

    [Fact]
    public void Where_there_is_no_path_none_is_sent_and_that_is_counted()
    {
        var pair = Start(10, 60, 0.5);
        pair.AliceRoutes.Open = false;
        pair.RunFor(10 * Minute);
        var loops = pair.Alice.Snapshot().Loops;
        Assert.InRange(loops.NotSent, 500, 700);
        Assert.Equal((0L, 0L, false), (loops.Forward.Sent, loops.Surb.Sent, loops.IsLosing));
        pair.AliceRoutes.Open = true;
        pair.RunFor(2 * Minute);
        Assert.True(pair.Alice.Snapshot().Loops is { Forward.Returned: > 0, Surb.Returned: > 0 });
    }

    [Fact]
    public void What_is_held_of_loops_is_bounded_however_long_they_take()
    {
        var pair = Start(11, 600, 0.5);
        pair.Pipe.Loss = 1;
        pair.AliceRoutes.LoopDelayMs = 3_600_000;
        pair.RunFor(9 * Minute);
        var loops = pair.Alice.Snapshot().Loops;
        Assert.Equal((LoopLimits.MaxUnderWay, 0L), (loops.Forward.UnderWay + loops.Surb.UnderWay, loops.Forward.Lost));
        Assert.True(loops.NotSent > 500);
        pair.AliceRoutes.LoopDelayMs = 0;
        pair.RunFor(65 * Minute);
        Assert.True(pair.Alice.Snapshot().Loops.Forward.Lost > 1_500);
    }

    [Fact]
    [Trait("Spec", "LOP-3")]
    public void After_a_restart_figures_begin_anew_and_what_comes_of_the_former_process_is_nothing()
    {
        var pair = Start(12, 600, 0.5);
        pair.RunFor(Minute);
        var loop = _sent.Last(sent => IsLoop(sent.Message)).Message;
        pair.Alice.Kill();
        pair.Alice.Start();
        Assert.Equal(LoopReport.None, pair.Alice.Snapshot().Loops);
        pair.Alice.Receive(loop);
        Assert.Equal((0L, 0L), Returned(pair));
        pair.RunFor(Minute);
        Assert.True(pair.Alice.Snapshot().Loops is { Forward: { Returned: > 100, Lost: 0 }, Surb: { Returned: > 100, Lost: 0 } });
    }

    [Fact]
    [Trait("Spec", "LOP-2")]
    public void A_stopping_node_sends_none()
    {
        var pair = Start(13, 60, 0);
        pair.RunFor(Minute);
        pair.Alice.Stop();
        _sent.Clear();
        pair.RunFor(5 * Minute);
        Assert.DoesNotContain(_sent, sent => IsLoop(sent.Message));
    }

    [Theory]
    [InlineData(-1, 0.5)]
    [InlineData(601, 0.5)]
    [InlineData(double.NaN, 0.5)]
    [InlineData(6, -0.1)]
    [InlineData(6, 1.1)]
    [InlineData(6, double.NaN)]
    public void Options_beyond_the_bounds_are_refused(double perMinute, double share)
    {
        var pair = new EndpointPair(1);
        var options = new EndpointOptions { Network = pair.Network, Own = default, LoopsPerMinute = perMinute, LoopSurbShare = share };
        Assert.Contains("loops", string.Join(' ', options.Validate()), StringComparison.Ordinal);
    }

    private static bool IsLoop(byte[] message) => message is [10, ..];

    private static (long Forward, long Surb) Returned(EndpointPair pair)
    {
        var loops = pair.Alice.Snapshot().Loops;
        return (loops.Forward.Returned, loops.Surb.Returned);
    }

    // Alice sends loops, and Bob none.
    private EndpointPair Start(long seed, double perMinute, double share)
    {
        EndpointPair pair = null!;
        pair = new EndpointPair(seed, options => options with { LoopsPerMinute = options.Own == pair.Alice.Present ? perMinute : 0, LoopSurbShare = share });
        pair.AliceRoutes.LoopDelayMs = 2;
        pair.Pipe.Watch = (_, to, message) => _sent.Add((Millis(pair), to, message));
        pair.Pipe.WatchReply = (_, _) => _replies.Add(Millis(pair));
        pair.Start();
        return pair;
    }

    private static double Millis(EndpointPair pair) => pair.Clock.Micros / 1000.0;
}
