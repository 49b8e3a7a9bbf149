using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>What strangers, and correspondents who lie, can send. Bob is the victim, Mallory an address with a key of its own.</summary>
public sealed class HostileInputTests
{
    private static readonly NodeAddress Mallory = NodeAddress.FromBytes([.. Enumerable.Repeat((byte)7, 32)]);

    [Fact]
    public void A_well_formed_frame_is_taken()
    {
        var pair = Begin(out var frames);
        Feed(pair, frames.Fragment());
        Assert.Single(pair.Bob.Store.Inbox);
        frames.Sequence = 2;
        frames.Kind = EnvelopeKind.Tombstone;
        Feed(pair, frames.Fragment());
        Assert.Equal(2, pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-1")]
    public void A_frame_of_another_type_is_dropped_alone_and_a_length_beyond_the_end_ends_the_reading()
    {
        var pair = Begin(out var frames);
        var first = frames.Fragment();
        frames.Sequence = 2;
        frames.Id = MessageId.FromBytes([.. Enumerable.Repeat((byte)9, MessageId.ByteCount)]);
        byte[] unknown = [99, 2, 0, 1, 2];
        byte[] overlong = [(byte)FrameType.Fragment, 0xff, 0x7f, 1];
        Feed(pair, [.. unknown, .. first, .. overlong, .. frames.Fragment()]);
        Assert.Single(pair.Bob.Store.Inbox);
        Assert.Equal(1, pair.Bob.Snapshot().Drops[InboundDrop.UnknownFrame]);
        Assert.Equal(1, pair.Bob.Snapshot().Drops[InboundDrop.MalformedFrame]);
        Feed(pair, [.. unknown, .. frames.Fragment()]);
        Assert.Equal(2, pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-5")]
    public void An_envelope_that_its_sender_did_not_sign_stores_nothing()
    {
        var pair = Begin(out var frames);
        frames.Signer = NodeAddress.FromBytes(new byte[32]);
        Feed(pair, frames.Fragment());
        AssertDropped(pair, InboundDrop.ForgedEnvelope);
    }

    [Fact]
    [Trait("Spec", "MSG-4")]
    public void An_envelope_for_someone_else_stores_nothing()
    {
        var pair = Begin(out var frames);
        frames.EnvelopeTo = pair.Alice.Address;
        Feed(pair, frames.Fragment());
        AssertDropped(pair, InboundDrop.MalformedEnvelope);
    }

    [Fact]
    [Trait("Spec", "MSG-4")]
    public void A_message_envelope_in_a_tombstone_frame_stores_nothing()
    {
        var pair = Begin(out var frames);
        frames.Content = [];
        Feed(pair, frames.Fragment(type: FrameType.Tombstone));
        AssertDropped(pair, InboundDrop.MalformedEnvelope);
    }

    [Theory]
    [Trait("Spec", "MSG-2")]
    [Trait("Spec", "MSG-4")]
    [InlineData(1, InboundDrop.InconsistentFragment)]
    [InlineData(3, InboundDrop.InconsistentFragment)]
    [InlineData(4, InboundDrop.InconsistentFragment)]
    [InlineData(1_000_000, InboundDrop.InconsistentFragment)]
    [InlineData(0, InboundDrop.MalformedFrame)]
    public void A_fragment_count_that_contradicts_the_content_stores_nothing(int count, InboundDrop cause)
    {
        var pair = Begin(out var frames);
        frames.Content = new byte[3_000];
        frames.Count = count;
        Feed(pair, frames.Fragment());
        AssertDropped(pair, cause);
    }

    [Theory]
    [Trait("Spec", "MSG-2")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Pieces_of_wrong_length_are_not_stored(int wrong)
    {
        var pair = Begin(out var frames);
        frames.Content = new byte[5_000];
        Feed(pair, frames.Fragment());
        Assert.Equal(1, pair.Bob.Store.PartialCount);
        var right = frames.Fragment(2).Length - Frame.HeaderBytes - FragmentHeader.ByteCount;
        Feed(pair, frames.Fragment(2, new byte[wrong == 0 ? 0 : right + wrong]));
        Feed(pair, frames.Fragment(1, new byte[100]));
        Assert.Equal(2, pair.Bob.Snapshot().Drops[InboundDrop.InconsistentFragment]);
        Feed(pair, frames.Fragment(1));
        Feed(pair, frames.Fragment(2));
        Assert.Single(pair.Bob.Store.Inbox);
    }

    [Fact]
    public void Content_that_is_not_the_one_signed_is_thrown_away_and_may_come_again()
    {
        var pair = Begin(out var frames);
        frames.Content = new byte[5_000];
        Feed(pair, frames.Fragment());
        Feed(pair, frames.Fragment(1));
        var last = frames.Fragment(2).Length - Frame.HeaderBytes - FragmentHeader.ByteCount;
        Feed(pair, frames.Fragment(2, [.. Enumerable.Repeat((byte)1, last)]));
        AssertDropped(pair, InboundDrop.ContentHash);
        Assert.Equal(0, pair.Bob.Store.PartialCount);
        for (var i = 0; i < 3; i++)
        {
            Feed(pair, frames.Fragment(i));
        }

        Assert.Single(pair.Bob.Store.Inbox);
    }

    [Fact]
    public void Whole_content_that_is_not_the_one_signed_stores_nothing()
    {
        var pair = Begin(out var frames);
        frames.Hash = new byte[32];
        Feed(pair, frames.Fragment());
        AssertDropped(pair, InboundDrop.ContentHash);
    }

    [Fact]
    [Trait("Spec", "MSG-7")]
    public void A_second_message_for_a_taken_place_is_not_stored()
    {
        var pair = Begin(out var frames);
        frames.Content = new byte[5_000];
        Feed(pair, frames.Fragment());
        var other = new CraftedFrames(pair, Mallory, pair.Bob.Address) { Secret = frames.Secret, Content = new byte[5_000] };
        Feed(pair, other.Fragment(1));
        Assert.Equal(1, pair.Bob.Snapshot().Drops[InboundDrop.PlaceTaken]);
        Feed(pair, frames.Fragment(1));
        Feed(pair, frames.Fragment(2));
        Feed(pair, other.Fragment());
        Assert.Equal(frames.Id, Assert.Single(pair.Bob.Store.Inbox).Id);
    }

    [Fact]
    [Trait("Spec", "MSG-6")]
    public void A_conversation_keeps_its_first_secret()
    {
        var pair = Begin(out var frames);
        Feed(pair, frames.Fragment());
        var other = new CraftedFrames(pair, Mallory, pair.Bob.Address) { Sequence = 2 };
        Feed(pair, other.Fragment());
        Assert.Equal(1, pair.Bob.Snapshot().Drops[InboundDrop.SecretChanged]);
        Assert.Single(pair.Bob.Store.Inbox);
    }

    [Theory]
    [Trait("Spec", "MSG-2")]
    [InlineData(1, 1025)]
    [InlineData(2, 1)]
    [InlineData(0, 1)]
    public void A_sequence_outside_of_the_window_stores_nothing(long lowest, long sequence)
    {
        var pair = Begin(out var frames);
        frames.Base = (ulong)lowest;
        frames.Sequence = (ulong)sequence;
        Feed(pair, frames.Fragment());
        AssertDropped(pair, InboundDrop.MalformedFrame);
    }

    [Fact]
    public void Only_those_who_may_write_are_heard()
    {
        var pair = new EndpointPair(1, options => options with { AllowedSenders = [NodeAddress.FromBytes(new byte[32])] });
        pair.Start();
        Feed(pair, new CraftedFrames(pair, Mallory, pair.Bob.Address).Fragment());
        AssertDropped(pair, InboundDrop.SenderNotAllowed);
    }

    [Fact]
    [Trait("Spec", "MSG-3")]
    public void Any_flipped_bit_of_a_fragment_or_tombstone_leaves_no_trace_in_the_store()
    {
        foreach (var kind in new[] { EnvelopeKind.Message, EnvelopeKind.Tombstone })
        {
            var pair = Begin(out var frames);
            frames.Kind = kind;
            frames.Content = new byte[20];
            var frame = frames.Fragment();
            for (var bit = 0; bit < 8 * frame.Length; bit++)
            {
                var changed = frame.ToArray();
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                pair.Bob.Receive(changed);
            }

            pair.RunFor(5_000);
            Assert.Empty(pair.Bob.Store.Inbox);
            Assert.Empty(pair.Bob.Store.Load().InboundConversations);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-12")]
    public void Any_flipped_bit_of_an_acknowledgement_settles_nothing()
    {
        var pair = new EndpointPair(9);
        var acknowledgements = new List<byte[]>();
        pair.Pipe.Passes = (from, _, message) =>
        {
            if (from == pair.Bob.Address)
            {
                acknowledgements.Add(message);
            }

            return from == pair.Alice.Address;
        };
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.RunUntil(() => acknowledgements.Count > 0, 10_000);
        var frame = acknowledgements[0];
        for (var bit = 0; bit < 8 * frame.Length; bit++)
        {
            var changed = frame.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            pair.Alice.Receive(changed);
        }

        Assert.Equal(0, pair.Alice.Snapshot().AcknowledgementsReceived);
        Assert.Equal(1, pair.Alice.Snapshot().Unsettled);
        Assert.True(pair.Alice.Snapshot().Drops[InboundDrop.ForgedAcknowledgement] > 100);
        pair.Alice.Receive(frame);
        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().Unsettled == 0, 1_000));
    }

    [Fact]
    public void Garbage_is_counted_and_nothing_else() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes =>
        {
            var pair = new EndpointPair(1);
            pair.Start();
            pair.Bob.Receive(bytes ?? []);
            foreach (var type in new byte[] { 1, 2, 3, 4 })
            {
                pair.Bob.Receive([type, (byte)(bytes?.Length ?? 0), 0, .. bytes ?? []]);
            }

            pair.RunFor(1_000);
            Assert.Equal(0, pair.Pipe.Sent);
            Assert.Equal(0, pair.Bob.DurableSteps);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50).WithReplay(3, 5));

    [Fact]
    public void Changed_cut_and_repeated_packets_disturb_no_delivery() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var pair = new EndpointPair(seed);
            pair.Pipe.Loss = 0.1;
            pair.Pipe.Watch = (_, to, message) =>
            {
                var changed = message.ToArray();
                changed[pair.Random.NextInt32(changed.Length)] ^= (byte)(1 + pair.Random.NextInt32(255));
                var victim = to == pair.Bob.Address ? pair.Bob : pair.Alice;
                pair.Clock.After(TimeSpan.FromMilliseconds(pair.Random.NextInt32(500)), () => victim.Receive(changed));
                var cut = message[..pair.Random.NextInt32(message.Length)];
                pair.Clock.After(TimeSpan.FromMilliseconds(pair.Random.NextInt32(500)), () => victim.Receive(cut));
                pair.Clock.After(TimeSpan.FromMilliseconds(pair.Random.NextInt32(20_000)), () => victim.Receive(message));
            };
            pair.Start();
            for (var i = 0; i < 8; i++)
            {
                pair.Submit(pair.Alice, pair.Bob, "a", pair.Random.NextInt32(12_000), i % 3 == 0 ? 900 : 0);
                pair.Submit(pair.Bob, pair.Alice, "b", pair.Random.NextInt32(2_000));
            }

            Assert.True(pair.RunUntilQuiet(600_000), "not everything was settled in time");
            pair.RunFor(30_000);
            Assert.True(pair.IsQuiet);
            pair.JudgeBoth();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(15).WithReplay(3, 5));

    [Fact]
    [Trait("Spec", "MSG-11")]
    public void Replayed_packets_of_settled_messages_change_nothing_and_are_answered_slowly()
    {
        var pair = new EndpointPair(10);
        var all = new List<byte[]>();
        pair.Pipe.Watch = (from, _, message) => all.AddRange(from == pair.Alice.Address ? [message] : []);
        pair.Start();
        for (var i = 0; i < 10; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 5_000);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        var steps = pair.Bob.DurableSteps;
        var sent = pair.Pipe.Sent;
        var packets = all.ToArray();
        for (var round = 0; round < 10; round++)
        {
            foreach (var packet in packets)
            {
                pair.Bob.Receive(packet);
            }

            pair.RunFor(100);
        }

        Assert.Equal(steps, pair.Bob.DurableSteps);
        Assert.InRange(pair.Pipe.Sent - sent, 1, 21);
        pair.JudgeBoth();
    }

    private static EndpointPair Begin(out CraftedFrames frames)
    {
        var pair = new EndpointPair(1);
        pair.Start();
        frames = new CraftedFrames(pair, Mallory, pair.Bob.Address);
        return pair;
    }

    private static void Feed(EndpointPair pair, byte[] frame)
    {
        pair.Bob.Receive(frame);
        pair.RunFor(200);
    }

    private static void AssertDropped(EndpointPair pair, InboundDrop cause)
    {
        Assert.Equal(1, pair.Bob.Snapshot().Drops[cause]);
        Assert.Empty(pair.Bob.Store.Inbox);
    }
}
