using System.Collections.Immutable;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Pings;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Fuzz.Worlds;

/// <summary>
/// A shipping <see cref="EndpointCore"/> with a correspondent that the harness plays, and a store that answers at once. That nothing takes a place twice, and
/// that a partial is complete when it is read, is checked here.
/// </summary>
internal sealed class MessagingSeat : IEndpointSink, IRouteSource
{
    public const string Conversation = "c";
    private readonly Queue<Action> _answers = new();
    private readonly HashSet<Place> _settled = [];
    private readonly Dictionary<Place, SortedDictionary<int, ReadOnlyMemory<byte>>> _partials = [];
    private readonly Dictionary<MessageId, ReadOnlyMemory<byte>> _outbox = [];
    private readonly HashSet<MessageId> _received = [];
    private readonly Dictionary<MessageId, (long Until, ReplyStatus Status)> _replies = [];
    private readonly Dictionary<MessageId, QuestionStatus> _questions = [];

    public MessagingSeat(EndpointState state, bool anonymous = false)
    {
        var options = new EndpointOptions
        {
            Network = SmallNetwork.MessagingParameters,
            Own = Own,
            MaxUnverifiedBytes = 1 << 16,
            MaxPartialBytesPerSender = 4 << 20,
            MaxPartialBytes = 4 << 20,
            MaxConversationsPerSender = 4,
            AllowAnonymous = anonymous,
            MaxAnonymousMessages = 4,
            MaxAnonymousBytes = 1 << 16,
        };
        Core = new EndpointCore(options, new FewRandomBytes(9), state, this);
        Call((core, now, sink) => core.Start(now, ref sink));
    }

    public static NodeAddress Own { get; } = SmallNetwork.Address(0x20);

    public static NodeAddress Peer { get; } = SmallNetwork.Address(0x60);

    public static ConversationSecret Secret { get; } = ConversationSecret.FromBytes(SmallNetwork.Bytes(ConversationSecret.ByteCount, 0x90));

    public static int MessageCapacity => SmallNetwork.MessagingParameters.Definition.Geometry.MessageCapacity;

    public EndpointCore Core { get; }

    public VirtualTime Time { get; } = new();

    /// <summary>Whether signatures hold from now on.</summary>
    public bool SignaturesHold { get; set; } = true;

    /// <summary>Whether nothing is answered for now; what was asked for is kept.</summary>
    public bool HoldsAnswers { get; set; }

    /// <summary>Messages that left, acknowledgements and fragments alike.</summary>
    public int Sent { get; private set; }

    /// <summary>The last of them.</summary>
    public byte[] LastMessage { get; private set; } = [];

    /// <summary>Whether it has a conversation in which the correspondent sends.</summary>
    public bool HasConversation { get; private set; }

    /// <summary>What was stored, of any kind.</summary>
    public int Operations { get; private set; }

    /// <summary>Anonymous messages of which something left.</summary>
    public HashSet<MessageId> Anonymous { get; } = [];

    /// <summary>SURBs that were used.</summary>
    public int Answers { get; private set; }

    /// <summary>Pings that have left.</summary>
    public int PingsOnTheirWay { get; private set; }

    /// <summary>Pings that have ended. A second end of one throws.</summary>
    public Dictionary<long, PingResult> Pings { get; } = [];

    /// <summary>The message that left last.</summary>
    public byte[] LastSent { get; private set; } = [];

    /// <summary>Submissions that were accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>Which message stands in which place.</summary>
    public OutboxPlaces Places { get; } = new();

    /// <summary>Hears of each frame that leaves.</summary>
    public Action<FrameType, byte[]>? FrameLeft { get; set; }

    /// <summary>Rows of the inbox that were stored.</summary>
    public int Stored { get; private set; }

    public void Call(Action<EndpointCore, Moment, MessagingSeat> input)
    {
        input(Core, Time.Now, this);
        while (!HoldsAnswers && _answers.TryDequeue(out var answer))
        {
            answer();
        }
    }

    /// <summary>Hands in one frame.</summary>
    public void Hand(FrameType type, ReadOnlySpan<byte> body)
    {
        byte[] frame = [(byte)type, (byte)body.Length, (byte)(body.Length >> 8), .. body];
        Call((core, now, sink) => core.HandleReceived(frame, now, ref sink));
    }

    public void Advance(long micros)
    {
        Time.Advance(micros);
        Call((core, now, sink) => core.Advance(now, ref sink));
        for (var calls = 0; Core.NextDeadline <= Time.Now.Micros; calls++)
        {
            InvariantException.Require(calls < 8, "A core that was called at its deadline has a later one.");
            Call((core, now, sink) => core.Advance(now, ref sink));
        }
    }

    public void Ping(long token) => Call((core, now, sink) => core.HandlePing(new PingRequest(token, Peer, 1_000), now, ref sink));

    public void SubmitAnonymous(byte[] content) => Call((core, now, sink) => core.HandleSubmit(
        new SubmitRequest { Token = 2, To = Peer, Content = content, Label = "x", Anonymous = true }, now, ref sink));

    /// <summary>Submits an anonymous message to which a reply is wanted.</summary>
    public void Ask(byte[] content) => Call((core, now, sink) => core.HandleSubmit(
        new SubmitRequest { Token = 3, To = Peer, Content = content, Anonymous = true, ReplyWithinMillis = 3_600_000 }, now, ref sink));

    /// <summary>Submits a reply to an anonymous message.</summary>
    public void Reply(MessageId question, byte[] content) => Call((core, now, sink) => core.HandleSubmit(
        new SubmitRequest { Token = 4, To = default, Content = content, Answers = question }, now, ref sink));

    /// <summary>The secret of the anonymous message of which something left last.</summary>
    public byte[] LastSecret { get; private set; } = [];

    /// <summary>Hands in the message of a reply about an anonymous message.</summary>
    public void HandReply(MessageId about, ReadOnlySpan<byte> message)
    {
        var copy = message.ToArray();
        Call((core, now, sink) => core.HandleReply(about, copy, now, ref sink));
    }

    public void Submit(byte[] content) => Submit(content, Peer);

    public void Submit(byte[] content, NodeAddress to) => Call((core, now, sink) => core.HandleSubmit(
        new SubmitRequest { Token = 1, To = to, Content = content, Conversation = Conversation, Label = "x" }, now, ref sink));

    /// <summary>It is known from now on which addresses are one endpoint's.</summary>
    public void Follow(Successions successions) => Call((core, now, sink) => core.HandleSuccessions(successions, now, ref sink));

    public void Commit(long batch, ImmutableArray<StoreOperation> operations)
    {
        InvariantException.Require(operations.Length > 0, "A batch isn't empty.");
        Operations += operations.Length;
        foreach (var operation in operations)
        {
            Places.Apply(operation);
            Apply(operation);
        }

        _answers.Enqueue(() => Call((core, now, sink) => core.HandleCommitted(batch, now, ref sink)));
    }

    public void ReadOutboxContent(ContentRequestId id, MessageId message) => Answer(id, _outbox.GetValueOrDefault(message));

    public void ReadPartial(ContentRequestId id, Place place)
    {
        InvariantException.Require(_partials.TryGetValue(place, out var pieces), "A partial that is read is stored.");
        InvariantException.Require(pieces!.Keys.SequenceEqual(Enumerable.Range(0, pieces.Count)), "A partial that is read is complete.");
        Answer(id, pieces.Values.SelectMany(piece => piece.ToArray()).ToArray());
    }

    public void ReadKept(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
        _answers.Enqueue(() => Call((core, now, sink) => core.HandleKept(id, Places.ReadKept(recipient, conversation, first, end, maxMessages), now, ref sink)));

    public void ReadWaiting(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
        _answers.Enqueue(() =>
        {
            var page = Places.Read(recipient, conversation, first, maxEntries, byExpiry);
            Call((core, now, sink) => core.HandleWaiting(id, page, now, ref sink));
        });

    public void ReadUnsettled(ContentRequestId id, MessageId message) =>
        _answers.Enqueue(() => Call((core, now, sink) => core.HandleWaiting(id, Places.Read(message), now, ref sink)));

    public void ReadFormer(ContentRequestId id, Place first, ulong last, int maxIds) =>
        _answers.Enqueue(() => Call((core, now, sink) => core.HandleFormer(id, [], now, ref sink)));

    public void ReadOutboxPart(ContentRequestId id, MessageId message, long offset, int length) => throw new InvariantException("Nothing is sent in parts here.");

    public void ReadPartialPart(ContentRequestId id, Place place, long offset, int length)
    {
        InvariantException.Require(_partials.TryGetValue(place, out var pieces), "A partial that is read is stored.");
        var content = new List<byte>();
        for (var index = 0; content.Count < offset + length; index++)
        {
            InvariantException.Require(pieces!.TryGetValue(index, out var piece), "What is read of a partial is stored.");
            content.AddRange(piece.Span);
        }

        Answer(id, content.Skip((int)offset).Take(length).ToArray());
    }

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = IdealSignatures.Sign(Own, message);
        _answers.Enqueue(() => Call((core, now, sink) => core.HandleSigned(id, signature, now, ref sink)));
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var holds = SignaturesHold;
        _answers.Enqueue(() => Call((core, now, sink) => core.HandleVerified(id, holds, now, ref sink)));
    }

    public void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message)
    {
        InvariantException.Require(message.Length <= MessageCapacity, "What is sent fits in a packet.");
        LastSent = message.ToArray();
        Sent++;
        LastMessage = message.ToArray();
        for (var left = message; FrameLeft is not null && Frame.TryTake(ref left, out var type, out var body);)
        {
            FrameLeft(type, body.ToArray());
        }
    }

    public void SendAnonymous(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, ReadOnlySpan<SurbOrder> surbs, MessageId about)
    {
        InvariantException.Require(message.Length <= MessageCapacity && surbs.Length > 0, "What is sent fits in a packet, and brings a SURB.");
        foreach (var order in surbs)
        {
            InvariantException.Require(
                !message.Slice(order.Offset, Surb.WireBytes(SmallNetwork.MessagingParameters.Definition.Geometry)).ContainsAnyExcept((byte)0), "A SURB's room is empty.");
        }

        LastSecret = message.Slice(Frame.HeaderBytes, AnonymousConstants.SecretBytes).ToArray();
        Sent++;
        Anonymous.Add(about);
    }

    public bool SendLoop(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, MessageId about) =>
        throw new InvariantException("No loops are sent here.");

    public bool SendBySurb(ReadOnlySpan<PathHop> back, uint expiryUnixSeconds, ReadOnlySpan<byte> message, MessageId about) =>
        throw new InvariantException("No loops are sent here.");

    public void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message)
    {
        InvariantException.Require(message.Length <= SmallNetwork.MessagingParameters.Definition.Geometry.ReplyCapacity, "An answer fits in a reply.");
        InvariantException.Require(
            AnonymousAnswer.TryRead(message, out _) || ReplyNotice.TryRead(message, out _) || ReplyPiece.TryRead(message, SmallNetwork.MessagingParameters.Definition.Geometry, out _),
            "An answer can be read.");
        Answers++;
    }

    public void ReadAnonymous(ContentRequestId id, MessageId message)
    {
        var knowledge = !_received.Contains(message) ? default
            : _replies.TryGetValue(message, out var reply) ? new AnonymousKnowledge(true, reply.Until, reply.Status)
            : new AnonymousKnowledge(true);
        _answers.Enqueue(() => Call((core, now, sink) => core.HandleAnonymousKnowledge(id, knowledge, now, ref sink)));
    }

    public void ReadReplyContent(ContentRequestId id, MessageId question) => throw new InvariantException("No reply is loaded here, so its content is in memory.");

    public void SubmitCompleted(long token, in SubmitOutcome outcome) => Accepted += outcome.Accepted ? 1 : 0;

    public void InboxReady(ulong position)
    {
    }

    public void ReadInboxHeads(ContentRequestId id, ulong afterPosition, int maxHeads)
    {
    }

    public void ReadConversationHeads(ContentRequestId id, Place after, int maxHeads)
    {
    }

    public void ReadCheckpoint(ContentRequestId id, CheckpointId checkpoint, int sends, ImmutableArray<MessageId> questions)
    {
    }

    public void ConsumerOpened(long session)
    {
    }

    public void Deliver(long session, ulong position, int deliveries)
    {
    }

    public void CaughtUp(long session)
    {
    }

    public void ConsumerEnded(long session, ConsumerEnd end)
    {
    }

    public void CheckpointCompleted(long token, CheckpointOutcome outcome)
    {
    }

    public void CancelCompleted(long token, CancelOutcome outcome)
    {
    }

    public void PingSent(long token, int relays) => PingsOnTheirWay++;

    public void PingCompleted(long token, in PingOutcome outcome) => Pings.Add(token, outcome.Result);

    public void ReplayCompleted(long token)
    {
    }

    public bool TryRoute(NodeAddress to, Moment now, List<PathHop> path)
    {
        path.Clear();
        path.Add(new PathHop(to, default, 0));
        return true;
    }

    public bool TryReturn(NodeAddress from, Moment start, List<PathHop> path, out uint expiryUnixSeconds)
    {
        expiryUnixSeconds = uint.MaxValue;
        path.Clear();
        path.Add(new PathHop(from, default, 0));
        return true;
    }

    public bool TryLoop(bool bySurb, Moment start, List<PathHop> path, out uint expiryUnixSeconds) => TryReturn(Own, start, path, out expiryUnixSeconds);

    public void Taken()
    {
    }

    private void Answer(ContentRequestId id, ReadOnlyMemory<byte> content) =>
        _answers.Enqueue(() => Call((core, now, sink) => core.HandleContent(id, content, now, ref sink)));

    private void Apply(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.AppendInbox append:
                InvariantException.Require(_settled.Add(append.Entry.Place), "Nothing takes a place twice.");
                InvariantException.Require(!AnonymousPlaces.IsAnonymous(append.Entry.Place) || _received.Add(append.Entry.Id), "No anonymous message is taken twice.");
                Stored++;
                break;
            case StoreOperation.UpsertInboundConversation:
                HasConversation = true;
                break;
            case StoreOperation.JoinOutbox join:
                InvariantException.Require(join.Into != join.Left.Peer && join.Target < 1UL << 62, "Places are within what stores hold.");
                break;
            case StoreOperation.MoveOutbox move:
                InvariantException.Require(move.NextSequence > move.Gap.Last && move.NextSequence < 1UL << 62, "Places are within what stores hold.");
                break;
            case StoreOperation.OpenPartial open:
                InvariantException.Require(_partials.TryAdd(open.Place, []), "A partial is opened once.");
                break;
            case StoreOperation.PutFragment put:
                InvariantException.Require(_partials[put.Place].TryAdd(put.Index, put.Content), "A fragment is stored once.");
                break;
            case StoreOperation.DropPartial drop:
                InvariantException.Require(_partials.Remove(drop.Place), "A partial that is dropped is stored.");
                break;
            case StoreOperation.AppendOutbox append:
                _outbox.Add(append.Entry.Id, append.Content);
                break;
            case StoreOperation.OpenQuestion open:
                InvariantException.Require(_questions.TryAdd(open.Question.Id, open.Question.Status), "A question is opened once.");
                break;
            case StoreOperation.MoveQuestion move:
                InvariantException.Require(_questions[move.Id] < move.Status, "A question moves on.");
                _questions[move.Id] = move.Status;
                break;
            case StoreOperation.OpenReply open:
                InvariantException.Require(_replies.TryAdd(open.Id, (open.UntilUnixMillis, ReplyStatus.Open)), "A message may be answered once.");
                break;
            case StoreOperation.AppendReply append:
                InvariantException.Require(_replies[append.Reply.Question].Status == ReplyStatus.Open, "A message is answered once.");
                _replies[append.Reply.Question] = (append.Reply.UntilUnixMillis, ReplyStatus.Pending);
                break;
            case StoreOperation.SettleReply settle:
                InvariantException.Require(_replies[settle.Id].Status is ReplyStatus.Open or ReplyStatus.Pending, "A reply is settled once.");
                _replies[settle.Id] = (_replies[settle.Id].Until, settle.Status);
                break;
            default:
                break;
        }
    }
}
