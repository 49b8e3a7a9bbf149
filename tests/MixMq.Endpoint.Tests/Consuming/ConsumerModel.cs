using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;

namespace MixMq.Endpoint.Tests.Consuming;

/// <summary>
/// Applications that consume, judged against what they may see. Each is one consumer whose state is the number of messages it has consumed; everything it does is drawn
/// from the seed. After each crash of the node, and where an answer doesn't come, an application goes on from what the store holds of its state.
/// </summary>
internal sealed class ConsumerModel
{
    private const int MaxDeliveries = 3;
    private const int MaxSends = 3;
    private readonly Random _dice;
    private readonly ConsumerBench _bench;
    private readonly List<Application> _applications = [];
    private readonly HashSet<ulong> _consumed = [];
    private readonly HashSet<ulong> _inFlight = [];
    private readonly HashSet<ulong> _dying = [];
    private readonly List<CheckpointRequest> _asked = [];
    private readonly List<CheckpointRequest> _made = [];
    private int _sends;
    private long _session;
    private long _token;

    public ConsumerModel(long seed)
    {
        _dice = new Random((int)seed);
        _bench = new ConsumerBench(seed) { Given = OnGiven, Opened = OnOpened, Committed = OnCommitted };
        _applications.AddRange(Enumerable.Range(0, 3).Select(number => new Application($"consumer {number}")));
    }

    public int Crashes { get; private set; }

    public int Repeats { get; private set; }

    public int Letters => _bench.Store.DeadLetters.Count;

    /// <summary>So many things happen, then everything that has come is consumed, and the books are compared.</summary>
    public void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Happen();
            TakeAnswers();
        }

        _bench.Crash();
        Forget();
        foreach (var application in _applications)
        {
            Open(application);
        }

        while (_consumed.Count < (int)_bench.Store.LastPosition)
        {
            var before = _consumed.Count;
            foreach (var application in _applications)
            {
                Grant(application, 100);
                _bench.Settle();
                Checkpoint(application, application.Has.Count);
                _bench.Settle();
                TakeAnswers();
            }

            Assert.True(_consumed.Count > before, "What is in the inbox is given to somebody.");
        }

        var states = _applications.Sum(application => StateOf(application.Name));
        Assert.Equal((int)_bench.Store.LastPosition, states + Letters);
        Assert.Equal(_sends, _bench.Store.Outbox.Count);
    }

    private SubmitRequest Send()
    {
        var anonymous = _dice.Next(5) == 0;
        return new() { Token = 0, To = ConsumerBench.Address(99), Content = new byte[10], Conversation = anonymous ? "" : $"s{_dice.Next(2)}", Anonymous = anonymous };
    }

    private void Happen()
    {
        var application = _applications[_dice.Next(_applications.Count)];
        switch (_dice.Next(101))
        {
            case < 15: _bench.Arrive((byte)(10 + _dice.Next(3)), $"c{_dice.Next(2)}", [1]); break;
            case < 70: _bench.Step(_dice.Next(4)); break;
            case < 75: Grant(application, _dice.Next(1, 6)); break;
            case < 80: Open(application); break;
            case < 88: Checkpoint(application, _dice.Next(application.Has.Count + 1)); break;
            case < 92: Reject(application); break;
            case < 94: Leave(application, lost: _dice.Next(2) == 0); break;
            case < 97: Repeat(); break;
            case < 98: Refused(application); break;
            case < 99: ComeBackHastily(application); break;
            default: Crash(); break;
        }
    }

    private void Open(Application application)
    {
        var former = application.Session;
        LoseAll(application);
        application.Session = ++_session;
        application.Credit = 0;
        application.Asked = null;
        application.Has.Clear();
        application.Count = null;
        var ends = _bench.Ended.Count;
        _bench.Call((core, sink) => core.HandleConsumer(application.Session, application.Name, MaxDeliveries, _bench.Now, ref sink));
        if (former != 0)
        {
            Assert.Equal((former, ConsumerEnd.TakenOver), Assert.Single(_bench.Ended.Skip(ends)));
        }
    }

    private void Grant(Application application, int credit)
    {
        if (application.Session != 0)
        {
            application.Credit += credit;
            _bench.Call((core, sink) => core.HandleCredit(application.Session, credit, _bench.Now, ref sink));
        }
    }

    /// <summary>Of what it has, the first messages, which are in each conversation's order.</summary>
    private void Checkpoint(Application application, int consumed)
    {
        // The state that it would base a second one on isn't known before the first is answered, nor before the session is open.
        if (application.Session == 0 || application.Asked is not null || application.Count is not { } count)
        {
            return;
        }

        var idBytes = new byte[CheckpointId.ByteCount];
        _dice.NextBytes(idBytes);
        var request = new CheckpointRequest
        {
            Token = ++_token,
            Consumer = application.Name,
            Session = application.Session,
            Id = CheckpointId.FromBytes(idBytes),
            Consumed = [.. application.Has.Take(consumed)],
            Sends = [.. Enumerable.Range(0, _dice.Next(MaxSends + 1)).Select(_ => Send())],
            State = BitConverter.GetBytes(count + consumed),
        };
        application.Asked = request;
        _asked.Add(request);
        application.Has.RemoveRange(0, consumed);
        _inFlight.UnionWith(request.Consumed);
        Ask(request);
    }

    private void Ask(CheckpointRequest request) => _bench.Call((core, sink) => core.HandleCheckpoint(request, _bench.Now, ref sink));

    /// <summary>A checkpoint that was made long ago, or a moment before, once more.</summary>
    private void Repeat()
    {
        if (_made.Count > 0)
        {
            var again = _made[_dice.Next(_made.Count)] with { Token = ++_token };
            Ask(again);
            while (!_bench.Checkpoints.ContainsKey(again.Token))
            {
                Assert.True(_bench.Step(1) | _bench.Step(2) | _bench.Step(3) | _bench.Step(0));
            }

            Assert.Equal(CheckpointRefusal.None, _bench.Checkpoints[again.Token].Refusal);
            Assert.True(_bench.Checkpoints[again.Token].Repeat);
            Repeats++;
        }
    }

    /// <summary>An application whose checkpoint is being made is started anew, before the answer.</summary>
    private void ComeBackHastily(Application application)
    {
        if (application.Has.Count > 0 && application.Asked is null)
        {
            Checkpoint(application, application.Has.Count);
            while (_bench.Step(1) | _bench.Step(2))
            {
            }

            Open(application);
        }
    }

    /// <summary>What is another's, or nobody's, can't be consumed; a session that has ended can't do anything.</summary>
    private void Refused(Application application)
    {
        var foreign = _applications.Where(other => other != application).SelectMany(other => other.Has).FirstOrDefault(1_000_000ul);
        var request = new CheckpointRequest { Token = ++_token, Consumer = application.Name, Session = application.Session, Consumed = [foreign] };
        Ask(request);
        Assert.Equal(CheckpointRefusal.NotWithConsumer, _bench.Checkpoints[request.Token].Refusal);
        Ask(request with { Token = ++_token, Session = 1_000_000 });
        Assert.Equal(CheckpointRefusal.SessionEnded, _bench.Checkpoints[_token].Refusal);
    }

    private void Reject(Application application)
    {
        if (application.Has.Count == 0)
        {
            return;
        }

        var position = application.Has[_dice.Next(application.Has.Count)];
        var final = _dice.Next(5) == 0;
        var place = PlaceOf(position);
        if (IsLastInVain(application, position, final))
        {
            application.Has.Remove(position);
        }
        else
        {
            application.Has.RemoveAll(other => IsSame(PlaceOf(other), place) && PlaceOf(other).Sequence >= place.Sequence);
        }

        _bench.Call((core, sink) => core.HandleReject(application.Session, position, "no", final, _bench.Now, ref sink));
    }

    private void Leave(Application application, bool lost)
    {
        var session = application.Session;
        if (lost)
        {
            LoseAll(application);
        }

        application.Session = 0;
        application.Asked = null;
        application.Has.Clear();
        _bench.Call((core, sink) => core.HandleConsumerGone(session, lost, _bench.Now, ref sink));
    }

    private void Crash()
    {
        Crashes++;
        _bench.Crash();
        Forget();
    }

    private void Forget()
    {
        _inFlight.Clear();
        _dying.Clear();
        foreach (var application in _applications)
        {
            application.Session = 0;
            application.Asked = null;
            application.Has.Clear();
        }
    }

    // What an application reads then is what it goes on from; nobody but itself changes it.
    private void OnOpened(long session)
    {
        var application = _applications.Single(one => one.Session == session);
        Assert.Null(application.Count);
        application.Count = StateOf(application.Name);
    }

    private void OnGiven(long session, ulong position, int deliveries)
    {
        if (position == 0)
        {
            return;
        }

        var application = _applications.Single(one => one.Session == session);
        Assert.True(--application.Credit >= 0, "No more is given than was granted.");
        Assert.False(_consumed.Contains(position), "What is consumed isn't given again.");
        Assert.InRange(deliveries, 0, MaxDeliveries - 1);
        var place = PlaceOf(position);
        foreach (var other in _applications.Where(other => other != application))
        {
            Assert.DoesNotContain(other.Has, had => IsSame(PlaceOf(had), place));
        }

        // In order, and none left out: what comes before is consumed, or being consumed, or with this one.
        var before = _bench.Store.ReadConversationHeads(place with { Sequence = 0 }, int.MaxValue).Where(head => head.Place.Sequence < place.Sequence);
        Assert.All(before, head => Assert.True(
            application.Has.Contains(head.Position) || _inFlight.Contains(head.Position) || _dying.Contains(head.Position), "Nothing in a conversation is passed over."));
        Assert.DoesNotContain(application.Has, had => IsSame(PlaceOf(had), place) && PlaceOf(had).Sequence >= place.Sequence);
        application.Has.Add(position);
        application.Vain[position] = deliveries;
    }

    /// <summary>A delivery in vain. Past the limit nobody has the message any more, though the store doesn't know yet; a crash brings it back.</summary>
    private bool IsLastInVain(Application application, ulong position, bool final)
    {
        var last = final || application.Vain[position] + 1 >= MaxDeliveries;
        if (last)
        {
            _dying.Add(position);
        }

        return last;
    }

    private void LoseAll(Application application)
    {
        // Whether the core has begun to make what was asked for last can't be known here: then that isn't lost.
        foreach (var had in new[] { application.Has, application.Asked?.Consumed.ToList() ?? [] })
        {
            foreach (var conversation in had.GroupBy(position => (PlaceOf(position).Sender, PlaceOf(position).Conversation)))
            {
                IsLastInVain(application, conversation.MinBy(position => PlaceOf(position).Sequence), final: false);
            }
        }
    }

    private void OnCommitted(ImmutableArray<StoreOperation> operations)
    {
        foreach (var checkpoint in operations.OfType<StoreOperation.Checkpoint>())
        {
            var request = _asked.First(asked => asked.Id == checkpoint.Id);
            Assert.Subset(operations.OfType<StoreOperation.ConsumeInbox>().Select(consume => consume.Position).ToHashSet(), request.Consumed.ToHashSet());
            var sent = operations.OfType<StoreOperation.AppendOutbox>().Select(append => append.Entry.Id).ToHashSet();
            Assert.All(Enumerable.Range(0, request.Sends.Length), index => Assert.Contains(checkpoint.Id.MessageAt(_bench.Options.Own, index), sent));
            _made.Add(request);
            _sends += request.Sends.Length;
        }

        foreach (var position in operations.OfType<StoreOperation.ConsumeInbox>().Select(consume => consume.Position)
            .Concat(operations.OfType<StoreOperation.MoveToDeadLetters>().Select(move => move.Position)))
        {
            Assert.True(_consumed.Add(position), "A message is consumed once.");
            _inFlight.Remove(position);
            _dying.Remove(position);
        }
    }

    private void TakeAnswers()
    {
        foreach (var refused in _asked.Where(asked => _bench.Checkpoints.TryGetValue(asked.Token, out var answer) && answer.Refusal != CheckpointRefusal.None).ToList())
        {
            _inFlight.ExceptWith(refused.Consumed);
            _asked.Remove(refused);
        }

        foreach (var application in _applications)
        {
            if (application.Asked is { } waiting && _bench.Checkpoints.TryGetValue(waiting.Token, out var outcome))
            {
                application.Asked = null;
                if (outcome.Refusal == CheckpointRefusal.None)
                {
                    Assert.Equal(waiting.Sends.Length, outcome.Sent.Length);
                    Assert.Equal(waiting.Id, _bench.Store.Consumer(waiting.Consumer)!.Value.Last);
                    application.Count += waiting.Consumed.Length;
                    Assert.Equal(application.Count, StateOf(application.Name));
                }
                else
                {
                    Assert.Fail($"An application that has what it consumes isn't refused: {outcome.Describe()}");
                }
            }
        }
    }

    private int StateOf(string consumer) => _bench.Store.Consumer(consumer) is { } kept ? BitConverter.ToInt32(kept.State) : 0;

    private Place PlaceOf(ulong position) => _bench.Store.ReadInbox(position - 1).First().Entry.Place;

    private static bool IsSame(Place one, Place other) => one.Sender == other.Sender && one.Conversation == other.Conversation;

    private sealed class Application(string name)
    {
        public string Name { get; } = name;

        public long Session { get; set; }

        public int Credit { get; set; }

        /// <summary>What its state says; null: it isn't open yet.</summary>
        public int? Count { get; set; }

        /// <summary>Positions that are with it, as they came.</summary>
        public List<ulong> Has { get; } = [];

        public Dictionary<ulong, int> Vain { get; } = [];

        public CheckpointRequest? Asked { get; set; }
    }
}
