using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay;
using MixMq.Simulation.Cryptography;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>Answers about conversations that aren't known: each correspondent has its turn, whatever another one causes, and neither memory nor rate grows with those who ask.</summary>
public sealed class StrayAnswersTests
{
    private static readonly ConversationSecret Secret = ConversationSecret.FromBytes(new byte[ConversationSecret.ByteCount]);

    // Carol asks once. Mallory asks a thousand times a second, each time about another conversation, and has asked just before.
    [Fact]
    [Trait("Spec", "MSG-135")]
    public void A_contact_that_asks_without_end_does_not_delay_another_ones_answer()
    {
        var pair = new EndpointPair(7);
        pair.Start();
        pair.RunFor(1_000);
        var mallory = pair.World.Crypto.CreateIdentity([.. Enumerable.Repeat((byte)66, 32)]);
        var carol = pair.World.Crypto.CreateIdentity([.. Enumerable.Repeat((byte)67, 32)]);
        var toCarol = new List<double>();
        var toMallory = 0;
        pair.Pipe.Watch = (from, to, message) =>
        {
            if (from == pair.Bob.Present && to == carol.Address)
            {
                toCarol.Add(pair.Clock.Seconds * 1_000);
            }

            toMallory += from == pair.Bob.Present && to == mallory.Address ? 1 : 0;
        };
        var asked = 0d;
        for (var i = 0; i < 1_000; i++)
        {
            pair.Bob.Receive(Question(pair, mallory, $"m{i}", (ulong)i + 1));
            if (i == 500)
            {
                asked = pair.Clock.Seconds * 1_000;
                pair.Bob.Receive(Question(pair, carol, "c", 1));
            }

            pair.RunFor(1);
        }

        pair.RunFor(1_000);
        Assert.InRange(Assert.Single(toCarol) - asked, 0, 20);
        Assert.InRange(toMallory, 15, 25);
        Assert.Empty(pair.Bob.Store.InboundConversations);
    }

    [Fact]
    [Trait("Spec", "MSG-135")]
    public void However_many_ask_few_wait_and_few_are_answered_each_in_its_turn()
    {
        var strays = new StrayAnswers();
        var now = new Moment(0, 0);
        for (var i = 0; i < 10_000; i++)
        {
            strays.Add(Address(i), Mark(1), Secret, now);
        }

        var answered = new List<NodeAddress>();
        var end = 10_000_000L;
        while (strays.NextDeadline < end)
        {
            now = new Moment(Math.Max(strays.NextDeadline, now.Micros), 0);
            Assert.True(strays.TryTake(now, out var stray));
            Assert.False(strays.TryTake(now, out _));
            answered.Add(stray.Correspondent);
        }

        Assert.Equal(Enumerable.Range(0, StrayAnswers.MaxWaiting).Select(Address), answered);
        Assert.Equal((StrayAnswers.MaxWaiting - 1) * StrayAnswers.ApartMicros, now.Micros);
        Assert.Equal(Moment.Never, strays.NextDeadline);
    }

    [Fact]
    [Trait("Spec", "MSG-135")]
    public void Of_one_correspondent_the_last_answer_asked_for_goes_out_and_one_in_an_interval()
    {
        var strays = new StrayAnswers();
        strays.Add(Address(1), Mark(1), Secret, new Moment(0, 0));
        Assert.True(strays.TryTake(new Moment(0, 0), out var first));
        strays.Add(Address(1), Mark(2), Secret, new Moment(1_000, 0));
        strays.Add(Address(1), Mark(3), Secret, new Moment(2_000, 0));
        strays.Add(Address(2), Mark(4), Secret, new Moment(6_000, 0));
        Assert.True(strays.TryTake(new Moment(6_000, 0), out var other));
        Assert.False(strays.TryTake(new Moment(StrayAnswers.IntervalMicros - 1, 0), out _));
        Assert.True(strays.TryTake(new Moment(StrayAnswers.IntervalMicros, 0), out var last));
        Assert.False(strays.TryTake(new Moment(long.MaxValue / 2, 0), out _));
        Assert.Equal((1ul, 4ul, 3ul), (first.Mark.Highest, other.Mark.Highest, last.Mark.Highest));
    }

    private static byte[] Question(EndpointPair pair, SimIdentity asker, string name, ulong number)
    {
        var question = new Incarnation(0, number);
        var signature = new byte[64];
        var conversation = ConversationId.OfName(name);
        pair.World.Crypto.Sign(asker, SenderMark.Signed(asker.Address, pair.Bob.Address, conversation, question, Secret, name, pair.Network.Definition), signature);
        var mark = new SenderMark
        {
            Sender = asker.Address, Conversation = conversation, Incarnation = question, Secret = Secret, Next = 1, Base = 1, Recipient = Incarnation.None, AnswerWanted = true,
            Signature = signature, Name = name,
        };
        var frame = new byte[Frame.HeaderBytes + mark.ByteCount];
        Frame.WriteHeader(frame, FrameType.SenderMark, mark.Write(frame.AsSpan(Frame.HeaderBytes)));
        return frame;
    }

    private static RecipientMark Mark(ulong highest) => new(Address(0), ConversationId.OfName(""), new(0, 1), new(1, 1), highest, 0, 0, MarkWanted: false);

    private static NodeAddress Address(int number)
    {
        var bytes = new byte[NodeAddress.ByteLength];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(bytes, number + 1);
        return NodeAddress.FromBytes(bytes);
    }
}
