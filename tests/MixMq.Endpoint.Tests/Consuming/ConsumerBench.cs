using System.Collections.Immutable;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Pings;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Time;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Tests.Consuming;

/// <summary>
/// An endpoint core over a store that takes its time: commits, reads and signatures wait until the test lets the next one happen; what a read saw is handed over later still.
/// What isn't committed is lost by <see cref="Crash"/>. Messages come as frames of made-up senders.
/// </summary>
internal sealed class ConsumerBench : IEndpointSink
{
    private readonly Dictionary<(NodeAddress, string), (ConversationSecret Secret, ulong Sequence)> _conversations = [];
    private readonly IRandomSource _random;
    private readonly Queue<(long Batch, ImmutableArray<StoreOperation> Operations)> _commits = new();
    private readonly Queue<Func<Action>> _reads = new();
    private readonly Queue<Action> _answers = new();
    private readonly Queue<Action> _keys = new();
    private long _micros = 1;

    public ConsumerBench(long seed, int capacityOfOutbox = 65_536)
    {
        _random = new SeededRandomSource(seed);
        Assert.True(NetworkDefinition.TryCreate("test", PacketGeometry.Default, 60_000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var network, out _));
        Options = new EndpointOptions { Network = network, Own = Address(1), MaxOutboxMessages = capacityOfOutbox };
        Core = Build();
    }

    public EndpointOptions Options { get; }

    public EndpointCore Core { get; private set; }

    public MemoryStore Store { get; } = new();

    /// <summary>What the core gave, in order: session, position, deliveries in vain; position 0: nothing more now.</summary>
    public Action<long, ulong, int> Given { get; set; } = (_, _, _) => { };

    public List<(long Session, ConsumerEnd End)> Ended { get; } = [];

    public Action<long> Opened { get; set; } = _ => { };

    public Dictionary<long, CheckpointOutcome> Checkpoints { get; } = [];

    public Dictionary<long, CancelOutcome> Cancels { get; } = [];

    public Dictionary<long, SubmitOutcome> Submits { get; } = [];

    public HashSet<long> Replays { get; } = [];

    /// <summary>Batches as they become durable.</summary>
    public Action<ImmutableArray<StoreOperation>> Committed { get; set; } = _ => { };

    /// <summary>Most reads of the store that waited for their answers at once.</summary>
    public int MostReads { get; private set; }

    public bool IsBusy => _commits.Count + _reads.Count + _answers.Count + _keys.Count > 0;

    public Moment Now => new(_micros, SimClock.StartUnixMillis + (_micros / 1000));

    public static NodeAddress Address(byte number)
    {
        var bytes = new byte[NodeAddress.ByteLength];
        bytes.AsSpan().Fill(number);
        return NodeAddress.FromBytes(bytes);
    }

    public void Call(Action<EndpointCore, ConsumerBench> input) => input(Core, this);

    /// <summary>A message of a sender's conversation arrives, the next one.</summary>
    public void Arrive(byte sender, string conversation, byte[] content)
    {
        var key = (Address(sender), conversation);
        var (secret, last) = _conversations.TryGetValue(key, out var known) ? known : (ConversationSecret.Create(_random), 0ul);
        _conversations[key] = (secret, last + 1);
        var frame = ToFrame(key.Item1, conversation, last + 1, secret, content);
        Call((core, sink) => core.HandleReceived(frame, Now, ref sink));
    }

    /// <summary>The next of each kind of work that waits happens: 0 a commit, 1 a read, 2 its answer, 3 a signature or a check of one.</summary>
    /// <returns>False: nothing of the kind waits.</returns>
    public bool Step(int kind)
    {
        _micros += 100;
        switch (kind)
        {
            case 0 when _commits.TryDequeue(out var commit):
                Store.Apply(commit.Operations);
                Committed(commit.Operations);
                Call((core, sink) => core.HandleCommitted(commit.Batch, Now, ref sink));
                return true;
            case 1 when _reads.TryDequeue(out var read):
                _answers.Enqueue(read());
                return true;
            case 2 when _answers.TryDequeue(out var answer):
                answer();
                return true;
            case 3 when _keys.TryDequeue(out var key):
                key();
                return true;
            default:
                return false;
        }
    }

    /// <summary>All that waits happens, and what follows from it.</summary>
    public void Settle()
    {
        while (IsBusy)
        {
            for (var kind = 0; kind < 4; kind++)
            {
                while (Step(kind))
                {
                }
            }
        }
    }

    /// <summary>The process ends, and another begins on what the store holds.</summary>
    public void Crash()
    {
        _commits.Clear();
        _reads.Clear();
        _answers.Clear();
        _keys.Clear();
        Core = Build();
        foreach (var (key, value) in _conversations.ToList())
        {
            // What the node doesn't have durably, its senders send again.
            var place = Store.Inbox.Where(entry => entry.Place.Sender == key.Item1 && entry.ConversationName == key.Item2).Select(entry => entry.Place.Sequence);
            _conversations[key] = (value.Secret, place.DefaultIfEmpty().Max());
        }
    }

    public void Commit(long batch, ImmutableArray<StoreOperation> operations) => _commits.Enqueue((batch, operations));

    public void ReadOutboxContent(ContentRequestId id, MessageId message) => Read(() => Store.ReadOutboxContent(message), (content, core, sink) => core.HandleContent(id, content!.Value, Now, ref sink));

    public void ReadKept(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
        Read(() => Store.ReadKept(recipient, conversation, first, end, maxMessages).ToArray(), (kept, core, sink) => core.HandleKept(id, kept, Now, ref sink));

    public void ReadWaiting(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
        Read(() => Store.ReadWaiting(recipient, conversation, first, maxEntries, byExpiry).ToArray(), (entries, core, sink) => core.HandleWaiting(id, entries, Now, ref sink));

    public void ReadUnsettled(ContentRequestId id, MessageId message) =>
        Read(() => Store.ReadUnsettled(message).ToArray(), (entries, core, sink) => core.HandleWaiting(id, entries, Now, ref sink));

    public void ReadFormer(ContentRequestId id, Place first, ulong last, int maxIds) =>
        Read(() => Store.ReadFormer(first, last, maxIds).ToArray(), (ids, core, sink) => core.HandleFormer(id, ids, Now, ref sink));

    public void ReadPartial(ContentRequestId id, Place place) => throw new InvalidOperationException("Messages here have one fragment.");

    public void SendAnonymous(
        ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, ReadOnlySpan<SurbOrder> surbs, MessageId about) =>
        throw new InvalidOperationException("Nobody is anonymous here.");

    public void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message) => throw new InvalidOperationException("Nobody is anonymous here.");

    public bool SendLoop(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, MessageId about) =>
        throw new InvalidOperationException("Nobody sends loops here.");

    public bool SendBySurb(ReadOnlySpan<PathHop> back, uint expiryUnixSeconds, ReadOnlySpan<byte> message, MessageId about) =>
        throw new InvalidOperationException("Nobody sends loops here.");

    public void ReadAnonymous(ContentRequestId id, MessageId message) => throw new InvalidOperationException("Nobody is anonymous here.");

    public void ReadReplyContent(ContentRequestId id, MessageId question) => throw new InvalidOperationException("Nobody is anonymous here.");

    public void ReadOutboxPart(ContentRequestId id, MessageId message, long offset, int length) => throw new InvalidOperationException("Messages here are short.");

    public void ReadPartialPart(ContentRequestId id, Place place, long offset, int length) => throw new InvalidOperationException("Messages here have one fragment.");

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message) =>
        _keys.Enqueue(() => Call((core, sink) => core.HandleSigned(id, new byte[Ed25519.SignatureBytes], Now, ref sink)));

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        _keys.Enqueue(() => Call((core, sink) => core.HandleVerified(id, true, Now, ref sink)));

    public void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message)
    {
    }

    public void SubmitCompleted(long token, in SubmitOutcome outcome) => Submits.Add(token, outcome);

    public void InboxReady(ulong position)
    {
    }

    public void ReadInboxHeads(ContentRequestId id, ulong afterPosition, int maxHeads) =>
        Read(() => Store.ReadInboxHeads(afterPosition, maxHeads), (heads, core, sink) => core.HandleHeads(id, heads, Now, ref sink));

    public void ReadConversationHeads(ContentRequestId id, Place after, int maxHeads) =>
        Read(() => Store.ReadConversationHeads(after, maxHeads), (heads, core, sink) => core.HandleHeads(id, heads, Now, ref sink));

    public void ReadCheckpoint(ContentRequestId id, CheckpointId checkpoint, int sends, ImmutableArray<MessageId> questions) => Read(
        () => Store.HasCheckpoint(checkpoint)
            ? CheckpointKnowledge.Made
            : Enumerable.Range(0, sends).Any(index => Store.StatusOf(checkpoint.MessageAt(Options.Own, index)) is not null)
                ? CheckpointKnowledge.Forgotten
                : CheckpointKnowledge.Unknown,
        (knowledge, core, sink) => core.HandleCheckpointKnowledge(id, knowledge, [.. questions.Select(Store.ReadAnonymous)], Now, ref sink));

    public void Deliver(long session, ulong position, int deliveries) => Given(session, position, deliveries);

    public void CaughtUp(long session) => Given(session, 0, 0);

    public void ConsumerOpened(long session) => Opened(session);

    public void ConsumerEnded(long session, ConsumerEnd end) => Ended.Add((session, end));

    public void CheckpointCompleted(long token, CheckpointOutcome outcome) => Checkpoints.Add(token, outcome);

    public void CancelCompleted(long token, CancelOutcome outcome) => Cancels.Add(token, outcome);

    public void PingSent(long token, int relays)
    {
    }

    public void PingCompleted(long token, in PingOutcome outcome)
    {
    }

    public void ReplayCompleted(long token) => Replays.Add(token);

    private void Read<T>(Func<T> read, Action<T, EndpointCore, ConsumerBench> answer)
    {
        _reads.Enqueue(() =>
        {
            var seen = read();
            return () => Call((core, sink) => answer(seen, core, sink));
        });
        MostReads = Math.Max(MostReads, _reads.Count);
    }

    private EndpointCore Build()
    {
        var core = new EndpointCore(Options, _random, Store.Load(), new ScriptedRoutes { Open = false });
        var sink = this;
        core.Start(Now, ref sink);
        return core;
    }

    private byte[] ToFrame(NodeAddress from, string conversation, ulong sequence, ConversationSecret secret, byte[] content)
    {
        var id = MessageId.FromBytes(SHA256.HashData([.. from.ToArray(), .. BitConverter.GetBytes(sequence), .. System.Text.Encoding.UTF8.GetBytes(conversation)]).AsSpan(0, 16));
        byte[] payload =
        [
            .. new Envelope
            {
                Kind = EnvelopeKind.Message,
                From = from,
                To = Options.Own,
                Id = id,
                Conversation = ConversationId.OfName(conversation),
                Sequence = sequence,
                CreatedUnixMillis = 1,
                ExpiresUnixMillis = SimClock.StartUnixMillis + 1_000_000_000,
                Secret = secret,
                ContentLength = content.Length,
                ContentHash = SHA256.HashData(content),
                Label = "",
                Name = conversation,
            }.ToUnsignedBytes(),
            .. content,
        ];
        var frame = new byte[Frame.HeaderBytes + FragmentHeader.ByteCount + payload.Length];
        payload.CopyTo(frame, Frame.HeaderBytes + FragmentHeader.ByteCount);
        new FragmentHeader(new Place(from, ConversationId.OfName(conversation), sequence), id, 1, 0, 1)
            .Write(FrameType.Fragment, secret, frame.AsSpan(Frame.HeaderBytes));
        Frame.WriteHeader(frame, FrameType.Fragment, frame.Length - Frame.HeaderBytes);
        return frame;
    }
}
