using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Simulation.Cryptography;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>Who may ask what a recipient has of a conversation, how often, and which answer counts.</summary>
public sealed class QuestionTests
{
    private readonly EndpointPair _pair = new(7);
    private readonly List<byte[]> _answers = [];
    private uint _nonce = 100;

    [Fact]
    [Trait("Spec", "MSG-133")]
    public void Questions_are_answered_one_in_50_ms_for_a_conversation_and_of_all_others_the_last_one_waits()
    {
        var secret = Begun();
        var other = ConversationSecret.Create(_pair.Random);
        for (var i = 0; i < 5; i++)
        {
            Ask(secret, isSigned: true);
            Ask(other, isSigned: true);
            _pair.RunFor(1);
        }

        Assert.Equal(1, AnswersUnder(secret));
        Assert.Equal(1, AnswersUnder(other));
        _pair.RunFor(60);
        Ask(secret, isSigned: true);
        Ask(other, isSigned: true);
        _pair.RunFor(60);
        Assert.Equal(2, AnswersUnder(secret));

        // The last of the five was answered 50 ms after the first, and the sixth 50 ms after that.
        Assert.Equal(3, AnswersUnder(other));
        _pair.RunFor(1_000);
        Assert.Equal((2, 3), (AnswersUnder(secret), AnswersUnder(other)));
    }

    [Fact]
    [Trait("Spec", "MSG-133")]
    public void A_question_needs_a_signature_where_the_conversation_is_not_known_under_its_secret()
    {
        var secret = Begun();
        var other = ConversationSecret.Create(_pair.Random);
        Ask(other, isSigned: false);
        _pair.RunFor(100);
        Assert.Empty(_answers);
        Ask(other, isSigned: true);
        _pair.RunFor(100);
        Assert.True(RecipientMark.TryRead(Assert.Single(_answers), out var nothing));
        Assert.Equal(0UL, nothing.Highest);
        Ask(secret, isSigned: false);
        _pair.RunFor(100);
        Assert.True(RecipientMark.TryRead(_answers[^1], out var one));
        Assert.Equal((2, 1UL), (_answers.Count, one.Highest));
    }

    // An answer to a question of before says what was true then; here it would let the wrong one stay.
    [Fact]
    [Trait("Spec", "MSG-133")]
    public void An_answer_to_another_question_decides_nothing()
    {
        SenderMark? question = null;
        _pair.Start();
        _pair.Pipe.Watch = (_, _, message) => question = Marks(message, FrameType.SenderMark).Select(static body => SenderMark.TryRead(body, out var mark) ? mark : null).LastOrDefault() ?? question;
        _pair.Pipe.Passes = static (_, _, _) => false;
        var succession = _pair.Bob.ChangeKey(1);
        _pair.Bob.Start();
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "c", 100);
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "c", 100, 0, _pair.Bob.Present);
        _pair.RunFor(2_000);
        _pair.Alice.Follow([succession]);
        Assert.True(_pair.RunUntil(() => question is { Incarnation.IsQuestion: true }, 10_000));
        _pair.Alice.Receive(Answer(question!, question!.Incarnation with { Nonce = question.Incarnation.Nonce + 2 }, 5));
        _pair.RunFor(1_000);
        Assert.Equal(2, _pair.Alice.Store.OutboundConversations.Count());
        _pair.Alice.Receive(Answer(question, question.Incarnation, 0));
        _pair.RunFor(1_000);
        Assert.Equal(_pair.Bob.Present, Assert.Single(_pair.Alice.Store.OutboundConversations).Recipient);
    }

    private static List<byte[]> Marks(byte[] message, FrameType wanted)
    {
        ReadOnlySpan<byte> left = message;
        var bodies = new List<byte[]>();
        while (Frame.TryTake(ref left, out var type, out var body))
        {
            if (type == wanted)
            {
                bodies.Add(body.ToArray());
            }
        }

        return bodies;
    }

    private byte[] Answer(SenderMark question, Incarnation about, ulong highest)
    {
        var frame = new byte[Frame.HeaderBytes + RecipientMark.ByteCount];
        Frame.WriteHeader(frame, FrameType.RecipientMark, RecipientMark.ByteCount);
        new RecipientMark(_pair.Bob.Address, question.Conversation, about, new Incarnation(9, 9), highest, 0, 0, MarkWanted: false).Write(frame.AsSpan(Frame.HeaderBytes), question.Secret);
        return frame;
    }

    // One message has come, and nothing is under way any more.
    private ConversationSecret Begun()
    {
        _pair.Start();
        _ = _pair.Submit(_pair.Alice, _pair.Bob, "c", 100);
        Assert.True(_pair.RunUntilQuiet(60_000));
        _pair.RunFor(5_000);
        _pair.Pipe.Watch = (from, _, message) => _answers.AddRange(from == _pair.Bob.Present ? Marks(message, FrameType.RecipientMark) : []);
        return Assert.Single(_pair.Bob.Store.InboundConversations).Secret;
    }

    private int AnswersUnder(ConversationSecret secret) => _answers.Count(body => RecipientMark.HasTag(body, secret));

    private void Ask(ConversationSecret secret, bool isSigned)
    {
        var (conversation, asking) = (ConversationId.OfName("c"), new Incarnation(0, _nonce++));
        var signature = new byte[Ed25519.SignatureBytes];
        if (isSigned)
        {
            var signed = SenderMark.Signed(_pair.Alice.Address, _pair.Bob.Address, conversation, asking, secret, "c", _pair.Network.Definition);
            _pair.World.Crypto.Sign(new SimIdentity(_pair.Alice.Address, []), signed, signature);
        }

        var mark = new SenderMark
        {
            Sender = _pair.Alice.Address,
            Conversation = conversation,
            Incarnation = asking,
            Secret = secret,
            Next = 1,
            Base = 1,
            Recipient = Incarnation.None,
            AnswerWanted = true,
            Signature = signature,
            Name = "c",
        };
        var frame = new byte[Frame.HeaderBytes + mark.ByteCount];
        Frame.WriteHeader(frame, FrameType.SenderMark, mark.ByteCount);
        _ = mark.Write(frame.AsSpan(Frame.HeaderBytes));
        _pair.Bob.Receive(frame);
    }
}
