using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Pings;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Simulation.Cryptography;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Pings;

/// <summary>Alice asks whether Bob answers.</summary>
public sealed class PingTests
{
    private readonly EndpointPair _pair = new(1, options => options with { ViewRoundMs = 0 });
    private readonly List<(NodeAddress From, byte[] Message)> _sent = [];

    public PingTests()
    {
        _pair.Pipe.Watch = (from, _, message) => _sent.Add((from, message));
        _pair.Start();
    }

    [Fact]
    [Trait("Spec", "MSG-120")]
    [Trait("Spec", "MSG-123")]
    public void A_ping_is_one_packet_there_and_one_back_and_its_round_trip_is_what_they_took()
    {
        var before = _pair.Clock.Micros;
        var token = _pair.Alice.Ping(_pair.Bob.Address);
        Assert.True(_pair.RunUntil(() => _pair.Alice.Pings.ContainsKey(token), 20_000));
        var outcome = _pair.Alice.Pings[token];
        Assert.Equal(PingResult.Answered, outcome.Result);
        Assert.InRange(outcome.RoundTripMicros, 1_000, _pair.Clock.Micros - before);
        _pair.RunFor(60_000);
        Assert.Equal(
            [(_pair.Alice.Address, (byte)FrameType.Ping, Frame.HeaderBytes + 176), (_pair.Bob.Address, (byte)FrameType.PingAnswer, Frame.HeaderBytes + 32)],
            _sent.Select(packet => (packet.From, packet.Message[0], packet.Message.Length)));
        Assert.True(_pair.Alice.Snapshot() is { PingsSent: 1, PingsAnswered: 1, PingAnswersSent: 0 });
        Assert.True(_pair.Bob.Snapshot() is { PingsSent: 0, PingsAnswered: 0, PingAnswersSent: 1 });
    }

    [Fact]
    [Trait("Spec", "MSG-124")]
    public void Pings_leave_nothing_at_either_end_and_begin_no_conversation()
    {
        for (var i = 0; i < 5; i++)
        {
            _ = _pair.Alice.Ping(_pair.Bob.Address);
            _ = _pair.Bob.Ping(_pair.Alice.Address);
            _pair.RunFor(5_000);
        }

        Assert.All(_pair.Alice.Pings.Values.Concat(_pair.Bob.Pings.Values), outcome => Assert.Equal(PingResult.Answered, outcome.Result));
        foreach (var end in new[] { _pair.Alice, _pair.Bob })
        {
            Assert.Equal(0, end.DurableSteps);
            Assert.Empty(end.Store.Inbox);
            Assert.Empty(end.Store.Outbox);
            Assert.Equal(Overlay.Moment.Never, end.NextDeadline);
            Assert.True(end.Snapshot() is { Unsettled: 0, InboxMessages: 0, RoundTripMs: 0, UncommittedBytes: 0, ViewSummariesSent: 0 });
            Assert.Empty(end.Snapshot().Drops);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-124")]
    public void Messages_go_on_as_they_would_have_without_pings()
    {
        double RoundTrip(bool pings)
        {
            var pair = new EndpointPair(3, options => options with { ViewRoundMs = 0 });
            pair.Start();
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
            Assert.True(pair.RunUntilQuiet(60_000));
            var smoothed = pair.Alice.Snapshot().RoundTripMs;

            // Lost pings would look like an outage to who counted them.
            pair.Pipe.Loss = 1;
            for (var i = 0; pings && i < 20; i++)
            {
                _ = pair.Alice.Ping(pair.Bob.Address, 1_000);
            }

            pair.RunFor(3_000);
            Assert.Equal(smoothed, pair.Alice.Snapshot().RoundTripMs);
            Assert.Equal(0, pair.Alice.Snapshot().Retransmissions);
            return smoothed;
        }

        Assert.Equal(RoundTrip(pings: false), RoundTrip(pings: true));
    }

    [Theory]
    [Trait("Spec", "MSG-121")]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_may_not_write_and_who_asks_nobody_see_the_same_silence(bool isThere)
    {
        if (isThere)
        {
            _pair.Bob.MayWrite();
        }
        else
        {
            _pair.Bob.Kill();
        }

        var token = _pair.Alice.Ping(_pair.Bob.Address, 2_000);
        _pair.RunFor(1_999);
        Assert.Empty(_pair.Alice.Pings);
        _pair.RunFor(60_000);
        Assert.Equal(new PingOutcome(PingResult.NoAnswer), _pair.Alice.Pings[token]);
        Assert.Equal((byte)FrameType.Ping, Assert.Single(_sent).Message[0]);
        if (isThere)
        {
            Assert.Equal(1, _pair.Bob.Snapshot().Drops[InboundDrop.SenderNotAllowed]);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-121")]
    public void Who_is_no_contact_any_more_when_the_signature_is_verified_gets_no_answer()
    {
        var ping = Recorded();
        _pair.Bob.Receive(ping);
        _pair.Bob.MayWrite();
        _pair.RunFor(1_000);
        Assert.Equal(1, _pair.Bob.Snapshot().Drops[InboundDrop.SenderNotAllowed]);
        Assert.Equal(0, _pair.Bob.Snapshot().PingAnswersSent);
    }

    [Fact]
    [Trait("Spec", "MSG-121")]
    public void A_ping_that_was_altered_or_is_for_somebody_else_is_dropped_and_counted()
    {
        var ping = Recorded();
        for (var at = Frame.HeaderBytes; at < ping.Length; at += 8)
        {
            byte[] altered = [.. ping];
            altered[at] ^= 0x40;
            _pair.Bob.Receive(altered);
            _pair.RunFor(200);
        }

        // Somebody's key who isn't Alice, in her name.
        _pair.Alice.Receive(ping);
        _pair.RunFor(200);
        Assert.Equal(0, _pair.Bob.Snapshot().PingAnswersSent);
        Assert.Equal(22, _pair.Bob.Snapshot().Drops[InboundDrop.ForgedPing]);
        Assert.Equal(1, _pair.Alice.Snapshot().Drops[InboundDrop.ForgedPing]);
        _pair.Bob.Receive(ping);
        _pair.RunFor(200);
        Assert.Equal(1, _pair.Bob.Snapshot().PingAnswersSent);
    }

    [Fact]
    [Trait("Spec", "MSG-120")]
    public void An_answer_counts_once_for_the_ping_it_is_of_and_for_no_other()
    {
        var token = _pair.Alice.Ping(_pair.Bob.Address);
        Assert.True(_pair.RunUntil(() => _pair.Alice.Pings.ContainsKey(token), 20_000));
        var answer = _sent[^1].Message;
        _pair.Alice.Receive(answer);
        Assert.Equal(1, _pair.Alice.Snapshot().Drops[InboundDrop.UnaskedPingAnswer]);

        // The answer of before, for the nonce of another: its tag is under the other's secret.
        _pair.Pipe.Loss = 1;
        var second = _pair.Alice.Ping(_pair.Bob.Address);
        _pair.RunFor(100);
        byte[] crossed = [.. answer];
        _sent[^1].Message.AsSpan(Frame.HeaderBytes + 64, 16).CopyTo(crossed.AsSpan(Frame.HeaderBytes));
        _pair.Alice.Receive(crossed);
        Assert.Equal(1, _pair.Alice.Snapshot().Drops[InboundDrop.ForgedPing]);
        Assert.False(_pair.Alice.Pings.ContainsKey(second));
        _pair.Alice.Receive([(byte)FrameType.PingAnswer, 31, 0, .. new byte[31]]);
        _pair.Alice.Receive([(byte)FrameType.Ping, 175, 0, .. new byte[175]]);
        Assert.Equal(2, _pair.Alice.Snapshot().Drops[InboundDrop.MalformedFrame]);
        Assert.Equal(1, _pair.Alice.Snapshot().PingsAnswered);
    }

    [Fact]
    [Trait("Spec", "MSG-123")]
    public void A_lost_answer_is_not_sent_again_and_one_that_comes_late_is_dropped()
    {
        byte[] answer = [];
        _pair.Pipe.Passes = (from, _, message) => from == _pair.Alice.Address || (answer = message).Length == 0;
        var token = _pair.Alice.Ping(_pair.Bob.Address, 3_000);
        _pair.RunFor(120_000);
        Assert.Equal(PingResult.NoAnswer, _pair.Alice.Pings[token].Result);
        Assert.Equal(2, _sent.Count);
        _pair.Alice.Receive(answer);
        Assert.Equal(1, _pair.Alice.Snapshot().Drops[InboundDrop.UnaskedPingAnswer]);
        Assert.Equal(PingResult.NoAnswer, _pair.Alice.Pings[token].Result);
    }

    [Fact]
    [Trait("Spec", "MSG-123")]
    public void A_doubled_ping_is_answered_within_the_rates_and_the_second_answer_is_dropped()
    {
        _pair.Pipe.Doubling = 1;
        var token = _pair.Alice.Ping(_pair.Bob.Address);
        _pair.RunFor(20_000);
        Assert.Equal(PingResult.Answered, _pair.Alice.Pings[token].Result);
        Assert.Equal(2, _pair.Bob.Snapshot().PingAnswersSent);
        Assert.Equal(3, _pair.Alice.Snapshot().Drops[InboundDrop.UnaskedPingAnswer]);
    }

    [Fact]
    [Trait("Spec", "MSG-122")]
    public void One_sender_is_answered_ten_times_at_once_and_then_once_a_second()
    {
        var ping = Recorded();
        for (var i = 0; i < 15; i++)
        {
            _pair.Bob.Receive(ping);
            _pair.RunFor(10);
        }

        Assert.Equal(PingLimits.AnswersAtOnce, _pair.Bob.Snapshot().PingAnswersSent);
        Assert.Equal(5, _pair.Bob.Snapshot().Drops[InboundDrop.PingQuota]);
        for (var i = 0; i < 100; i++)
        {
            _pair.Bob.Receive(ping);
            _pair.RunFor(100);
        }

        Assert.InRange(_pair.Bob.Snapshot().PingAnswersSent, PingLimits.AnswersAtOnce + 9, PingLimits.AnswersAtOnce + 11);
    }

    [Fact]
    [Trait("Spec", "MSG-122")]
    [Trait("Spec", "MSG-93")]
    public void Who_has_two_addresses_is_answered_as_often_as_who_has_one()
    {
        var succession = _pair.Alice.ChangeKey(1);
        _pair.Alice.Start();
        _pair.Bob.Follow([succession]);
        foreach (var sender in (NodeAddress[])[_pair.Alice.Present, _pair.Alice.Address])
        {
            for (var i = 0; i < PingLimits.AnswersAtOnce; i++)
            {
                _pair.Bob.Receive(Made(sender));
            }

            _pair.RunFor(100);
        }

        Assert.Equal(PingLimits.AnswersAtOnce, _pair.Bob.Snapshot().PingAnswersSent);

        byte[] Made(NodeAddress sender)
        {
            var ping = new PingFrame { Sender = sender, Recipient = _pair.Bob.Address, Nonce = ExchangeNonce.Create(_pair.Random), Secret = ConversationSecret.Create(_pair.Random) };
            var signature = new byte[Ed25519.SignatureBytes];
            _pair.World.Crypto.Sign(new SimIdentity(_pair.Alice.Present, []), ping.Signed(_pair.Network.Definition), signature);
            var frame = new byte[Frame.HeaderBytes + PingFrame.ByteCount];
            Frame.WriteHeader(frame, FrameType.Ping, PingFrame.ByteCount);
            ping.Write(frame.AsSpan(Frame.HeaderBytes), signature);
            return frame;
        }
    }

    [Fact]
    [Trait("Spec", "MSG-122")]
    public void Forged_pings_in_a_contacts_name_use_up_nothing_of_its_own_and_cost_no_more_signatures_than_all_may()
    {
        var ping = Recorded();
        byte[] forged = [.. ping];
        forged[^1] ^= 1;
        for (var i = 0; i < 200; i++)
        {
            _pair.Bob.Receive(forged);
        }

        _pair.RunFor(1_000);
        Assert.Equal(PingLimits.AllAnswersAtOnce, _pair.Bob.Snapshot().Drops[InboundDrop.ForgedPing]);
        Assert.Equal(200 - PingLimits.AllAnswersAtOnce, _pair.Bob.Snapshot().Drops[InboundDrop.PingQuota]);

        // What all may have is earned again soon, and Alice's own share is whole.
        _pair.RunFor(4_000);
        for (var i = 0; i < PingLimits.AnswersAtOnce; i++)
        {
            _pair.Bob.Receive(ping);
            _pair.RunFor(10);
        }

        Assert.Equal(PingLimits.AnswersAtOnce, _pair.Bob.Snapshot().PingAnswersSent);
    }

    [Theory]
    [Trait("Spec", "MSG-122")]
    [InlineData(false)]
    [InlineData(true)]
    public void What_forged_pings_leave_for_others_does_not_tell_whether_the_name_on_them_is_a_contacts(bool isContact)
    {
        var ping = Recorded();
        byte[] forged = [.. ping];
        var name = NodeAddress.FromBytes([.. BitConverter.GetBytes(77), .. new byte[28]]);
        name.ToArray().CopyTo(forged.AsSpan(Frame.HeaderBytes));
        _pair.Bob.MayWrite(isContact ? [_pair.Alice.Address, name] : [_pair.Alice.Address]);
        for (var i = 0; i < 2 * PingLimits.AllAnswersAtOnce; i++)
        {
            _pair.Bob.Receive(forged);
        }

        _pair.Bob.Receive(ping);
        _pair.RunFor(10);
        Assert.Equal(0, _pair.Bob.Snapshot().PingAnswersSent);
        _pair.RunFor(2 * PingLimits.AllAnswersIntervalMicros / 1000.0);
        _pair.Bob.Receive(ping);
        _pair.RunFor(10);
        Assert.Equal(1, _pair.Bob.Snapshot().PingAnswersSent);
    }

    [Fact]
    [Trait("Spec", "MSG-122")]
    public void Who_has_earned_his_answers_again_is_forgotten_so_that_any_number_of_askers_find_room()
    {
        // More can't be owed to more askers than are remembered, whatever they do.
        const long owing = PingLimits.AllAnswersAtOnce + (PingLimits.AnswersAtOnce * PingLimits.AnswerIntervalMicros / PingLimits.AllAnswersIntervalMicros);
        Assert.InRange(owing, 1, PingLimits.MaxSenders);
        for (var asker = 0; asker < 2 * PingLimits.MaxSenders; asker++)
        {
            var frame = new PingFrame
            {
                Sender = NodeAddress.FromBytes([.. BitConverter.GetBytes(asker + 1), .. new byte[28]]),
                Recipient = _pair.Bob.Address,
                Nonce = ExchangeNonce.Create(_pair.Random),
                Secret = ConversationSecret.Create(_pair.Random),
            };
            var message = new byte[Frame.HeaderBytes + PingFrame.ByteCount];
            Frame.WriteHeader(message, FrameType.Ping, PingFrame.ByteCount);
            var signature = new byte[64];
            _pair.World.Crypto.Sign(new SimIdentity(frame.Sender, []), frame.Signed(_pair.Network.Definition), signature);
            frame.Write(message.AsSpan(Frame.HeaderBytes), signature);
            _pair.Bob.Receive(message);
            _pair.RunFor(PingLimits.AllAnswersIntervalMicros / 1000.0);
        }

        Assert.Equal(2 * PingLimits.MaxSenders, _pair.Bob.Snapshot().PingAnswersSent);
    }

    [Fact]
    [Trait("Spec", "MSG-125")]
    public void So_many_pings_are_under_way_at_once_and_each_ends()
    {
        _pair.Pipe.Loss = 1;
        var first = _pair.Alice.Ping(_pair.Bob.Address, 5_000);
        for (var i = 1; i < PingLimits.MaxUnderWay; i++)
        {
            _ = _pair.Alice.Ping(_pair.Bob.Address, 5_000);
        }

        var refused = _pair.Alice.Ping(_pair.Bob.Address, 5_000);
        Assert.Equal((refused, PingResult.TooMany), (_pair.Alice.Pings.Single().Key, _pair.Alice.Pings[refused].Result));
        _pair.Alice.ForgetPing(first);

        // Signatures that are under way count too: who asks and leaves makes no more work than who stays.
        Assert.Equal(PingResult.TooMany, _pair.Alice.Pings[_pair.Alice.Ping(_pair.Bob.Address, 5_000)].Result);
        _pair.RunFor(100);
        _ = _pair.Alice.Ping(_pair.Bob.Address, 5_000);
        Assert.Equal(2, _pair.Alice.Pings.Count);
        _pair.RunFor(5_100);
        Assert.Equal(PingLimits.MaxUnderWay, _pair.Alice.Pings.Values.Count(outcome => outcome.Result == PingResult.NoAnswer));
        Assert.False(_pair.Alice.Pings.ContainsKey(first));
        Assert.Equal(Overlay.Moment.Never, _pair.Alice.NextDeadline);
    }

    [Fact]
    [Trait("Spec", "MSG-125")]
    public void A_ping_of_nobody_over_no_path_or_of_a_node_that_stops_ends_at_once_and_nothing_leaves()
    {
        _pair.AliceRoutes.Open = false;
        Assert.Equal(PingResult.NoPath, End(_pair.Bob.Address));
        _pair.AliceRoutes.Open = true;
        Assert.Equal(PingResult.IsSelf, End(_pair.Alice.Address));
        _pair.Alice.Stop();
        Assert.Equal(PingResult.Stopping, End(_pair.Bob.Address));
        Assert.Empty(_sent);

        PingResult End(NodeAddress to) => _pair.Alice.Pings[_pair.Alice.Ping(to)].Result;
    }

    [Fact]
    [Trait("Spec", "MSG-125")]
    public void A_path_that_is_gone_when_the_signature_is_made_ends_it_and_a_caller_who_left_gets_nothing_sent()
    {
        var token = _pair.Alice.Ping(_pair.Bob.Address);
        _pair.AliceRoutes.Open = false;
        _pair.RunFor(1_000);
        Assert.Equal(PingResult.NoPath, _pair.Alice.Pings[token].Result);
        _pair.AliceRoutes.Open = true;
        _pair.Alice.ForgetPing(_pair.Alice.Ping(_pair.Bob.Address));
        _pair.RunFor(20_000);
        Assert.Empty(_sent);
        Assert.Single(_pair.Alice.Pings);
    }

    [Theory]
    [Trait("Spec", "MSG-125")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restart_of_either_end_in_between_leaves_nothing_to_wait_for(bool ofAsker)
    {
        byte[] answer = [];
        _pair.Pipe.Passes = (from, _, message) => from == _pair.Alice.Address || (answer = message).Length == 0;
        var token = _pair.Alice.Ping(_pair.Bob.Address, 5_000);
        Assert.True(_pair.RunUntil(() => answer.Length > 0, 5_000));
        _pair.Pipe.Passes = (_, _, _) => true;
        var end = ofAsker ? _pair.Alice : _pair.Bob;
        end.Kill();
        end.Start();
        if (ofAsker)
        {
            _pair.Alice.Receive(answer);
            Assert.Equal(1, _pair.Alice.Snapshot().Drops[InboundDrop.UnaskedPingAnswer]);
        }

        _pair.RunFor(10_000);
        Assert.Equal(!ofAsker, _pair.Alice.Pings.ContainsKey(token));
        Assert.Equal(0, _pair.Alice.DurableSteps + _pair.Bob.DurableSteps);
        var next = _pair.Alice.Ping(_pair.Bob.Address);
        _pair.RunFor(10_000);
        Assert.Equal(PingResult.Answered, _pair.Alice.Pings[next].Result);
    }

    [Fact]
    [Trait("Spec", "MSG-121")]
    [Trait("Spec", "MSG-90")]
    public void Keys_that_were_changed_at_either_end_are_pinged_and_ping_as_before()
    {
        var former = _pair.Bob.Address;
        var bobs = _pair.Bob.ChangeKey(1);
        _pair.Bob.Start();
        _pair.Alice.Follow([bobs]);
        Assert.Equal(PingResult.Answered, Asked(former));
        Assert.Equal(PingResult.Answered, Asked(_pair.Bob.Present));
        var alices = _pair.Alice.ChangeKey(1);
        _pair.Alice.Start();
        _pair.Alice.Follow([bobs]);

        // To who hasn't heard of the succession, what the new key signs is forged.
        Assert.Equal(PingResult.NoAnswer, Asked(former));
        _pair.Bob.Follow([alices]);
        Assert.Equal(PingResult.Answered, Asked(former));

        PingResult Asked(NodeAddress to)
        {
            var token = _pair.Alice.Ping(to, 5_000);
            _pair.RunFor(6_000);
            return _pair.Alice.Pings[token].Result;
        }
    }

    // A ping of Alice's that never arrived.
    private byte[] Recorded()
    {
        _pair.Pipe.Loss = 1;
        _ = _pair.Alice.Ping(_pair.Bob.Address, 1_000);
        _pair.RunFor(2_000);
        _pair.Pipe.Loss = 0;
        return Assert.Single(_sent).Message;
    }
}
