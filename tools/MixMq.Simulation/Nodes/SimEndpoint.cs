using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Network;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Nodes;

/// <summary>
/// The endpoint of a node as it runs: the shipping core, and around it the storage writer, the reader of rows, the crypto workers and an
/// application that reads the inbox and consumes it.
/// </summary>
public sealed partial class SimEndpoint : IEventTarget, IPacketSink
{
    /// <summary>How long an orderly stop waits for submissions to be answered, as in the shipping node.</summary>
    private const long StopMicros = 2 * Moment.MicrosPerSecond;

    private readonly SimRandom _random;
    private readonly Dictionary<long, SubmitRequest> _submissions = [];
    private EndpointPort _port;
    private EndpointCore? _core;
    private StorageWriter _writer;
    private long _wakeMicros = Moment.Never;
    private long _quietBy = Moment.Never;
    private ulong _readUpTo;
    private Successions _successions = Successions.None;
    private bool _readIsPosted;
    private long _durableSteps;
    private int _wholeContentBytes;

    public SimEndpoint(SimNode node)
    {
        Node = node;
        node.Endpoint = this;
        node.PacketSink = this;
        _random = new SimRandom(node.World.Seed, $"endpoint {node.Name}");
        _port = new EndpointPort(this);
        _writer = new StorageWriter(node, this);
    }

    public SimNode Node { get; }

    /// <summary>Changes the options at each start.</summary>
    public Func<EndpointOptions, EndpointOptions>? Configure { get; set; }

    /// <summary>Builds the core; a test that knows the core from inside gives it other routes.</summary>
    public Func<EndpointOptions, IRandomSource, EndpointState, EndpointCore> Build { get; set; } = static (options, random, state) => new(options, random, state);

    /// <summary>Asked at each durable step of this node with its number (from 1): crash before it, after it, or not.</summary>
    public Func<long, CrashPoint> CrashAt { get; set; } = static _ => CrashPoint.None;

    /// <summary>Unsettled messages of each conversation that are loaded at a start; null: as many as at once later.</summary>
    public int? FirstPage { get; set; }

    /// <summary>How long a process that crashed at a durable step is down.</summary>
    public double DownSeconds { get; set; } = 0.7;

    /// <summary>Whether the application consumes what it reads.</summary>
    public bool Consumes { get; set; } = true;

    /// <summary>Who takes messages as a consumer; null: nobody.</summary>
    public SimConsumer? Application { get; internal set; }

    /// <summary>What carries its packets instead of the overlay; null: the overlay.</summary>
    public PacketPipe? Pipe { get; internal set; }

    /// <summary>How long this endpoint's transactions take; null: as the world's.</summary>
    public DelayDistribution? CommitDelay { get; set; }

    /// <summary>How long this endpoint waits for its own signatures, as where a busy device makes them; null: as the world's.</summary>
    public DelayDistribution? SignDelay { get; set; }

    /// <summary>How often the core had outbound content read, over all processes.</summary>
    public long ContentReads { get; private set; }

    /// <summary>The greatest position that the core said is ready.</summary>
    public ulong InboxReadyUpTo { get; private set; }

    /// <summary>Durable steps so far, over all processes.</summary>
    public long DurableSteps => _durableSteps;

    public EndpointCore Core => _core ?? throw new InvalidOperationException($"{Node.Name} isn't running.");

    /// <summary>Answers to checkpoints, over all processes of the node.</summary>
    public Dictionary<long, CheckpointOutcome> Checkpoints { get; } = [];

    /// <summary>Answers to submissions, over all processes of the node.</summary>
    public Dictionary<long, SubmitOutcome> Outcomes { get; } = [];

    /// <summary>Whether no submission is unanswered, or the time for answering them is over.</summary>
    internal bool IsQuiet => _submissions.Count == 0 || Node.World.Clock.Micros >= _quietBy;

    public EndpointSnapshot Snapshot() => Core.Snapshot();

    /// <summary>The application wants to send.</summary>
    /// <returns>The token under which the answer will be in <see cref="Outcomes"/>.</returns>
    public long Submit(SimNode to, ReadOnlyMemory<byte> content, string conversation = "", string label = "", long expiresAfterMillis = 0) =>
        Submit(to.KnownAs, content, conversation, label, expiresAfterMillis);

    /// <summary>The application wants to send.</summary>
    /// <returns>The token under which the answer will be in <see cref="Outcomes"/>.</returns>
    public long Submit(NodeAddress to, ReadOnlyMemory<byte> content, string conversation = "", string label = "", long expiresAfterMillis = 0)
    {
        var request = new SubmitRequest
        {
            Token = Node.World.NextToken(),
            To = to,
            Conversation = conversation,
            Label = label,
            Content = content,
            ExpiresAfterMillis = expiresAfterMillis,
        };
        Submit(request);
        return request.Token;
    }

    /// <summary>The application wants to send; if the node doesn't run, nobody hears it.</summary>
    public void Submit(SubmitRequest request)
    {
        if (_core is not null)
        {
            Node.World.Events.Submitted(Node, request);
            if (request.Content.Length > _wholeContentBytes)
            {
                request = Node.Disk.Store.Stage(request, _random);
            }

            _submissions.Add(request.Token, request);
            _core.HandleSubmit(request, Node.Now, ref _port);
            Arm();
        }
    }

    /// <summary>The application wants a checkpoint made; if the node doesn't run, nobody hears it. Its answer will be in <see cref="Checkpoints"/>.</summary>
    public void Checkpoint(CheckpointRequest request) => Call((core, now, port) => core.HandleCheckpoint(request, now, ref port));

    /// <summary>A message reaches the core, from wherever.</summary>
    public void Receive(ReadOnlySpan<byte> message)
    {
        if (_core is not null)
        {
            _core.HandleReceived(message, Node.Now, ref _port);
            Arm();
        }
    }

    public void OnDelivered(PacketBuffer packet, in UnwrapResult result)
    {
        if (result.Kind == UnwrapKind.Deliver)
        {
            Receive(packet.Packet.Slice(result.Offset, result.Length));
        }
        else if (result.Kind == UnwrapKind.Reply)
        {
            ReceiveReply(packet, result);
        }
        else
        {
            Node.Core.Count(DropCause.PacketContentInvalid);
        }

        packet.Return();
    }

    public void OnTopology(TopologyView view)
    {
        if (_core is not null)
        {
            _core.HandleTopology(view, Node.Now, ref _port);
            Arm();
        }
    }

    void IEventTarget.Fire(in SimEvent what)
    {
        if (what.Incarnation == Node.Incarnation && _core is { } core)
        {
            Happen(what, core);
            Arm();
        }
    }

    /// <summary>Builds the core from the disk; throws where the store contradicts itself.</summary>
    internal void Load()
    {
        var options = new EndpointOptions { Network = Node.Parameters, Own = Node.Address, Former = [.. Node.FormerAddresses] };
        options = Configure is null ? options : Configure(options);
        _wholeContentBytes = options.WholeContentBytes;
        _core = null;
        _core = Build(options, _random, Node.Disk.Store.Load(FirstPage ?? options.OutboxPage));
    }

    internal void Begin()
    {
        _writer = new StorageWriter(Node, this);
        _submissions.Clear();
        _wakeMicros = Moment.Never;
        _quietBy = Moment.Never;
        _readUpTo = 0;
        _core!.Start(Node.Now, ref _port);
        if (Node.Governance is not null)
        {
            // Its overlay tells what the node has stored of them.
            _successions = Successions.None;
        }
        else if (IsFollowing)
        {
            _core.HandleSuccessions(_successions, Node.Now, ref _port);
        }

        _readIsPosted = false;
        InboxReady(0);
        if (Pipe is not null)
        {
            _core.HandleTopology(TopologyView.Empty, Node.Now, ref _port);
        }

        Application?.Begin();
        Arm();
    }

    /// <summary>Something of an application's reaches the core; if the node doesn't run, nobody hears it.</summary>
    internal void Call(EndpointCall call)
    {
        if (_core is not null)
        {
            call(_core, Node.Now, _port);
            Arm();
        }
    }

    /// <summary>The core is told that its store's disk is full but for the reserve, or has room again.</summary>
    public void StoreSpace(bool isFull)
    {
        _core?.HandleStoreSpace(isFull, Node.Now, ref _port);
        Arm();
    }

    /// <summary>The application wants a message not to be sent any more; whatever the answer.</summary>
    public void Cancel(SubmitOutcome message, NodeAddress recipient) =>
        Call((core, now, port) => core.HandleCancel(0, message.Id, recipient, message.Sequence, now, ref port));

    /// <summary>Who may write from now on; null: anyone.</summary>
    public void TakeSenders(ImmutableHashSet<NodeAddress>? allowed) => Call((core, now, port) => core.HandleSenders(allowed, now, ref port));

    /// <summary>Whether correspondents have other keys than they had.</summary>
    internal bool IsFollowing => !_successions.IsEmpty;

    /// <summary>From now on these correspondents have other keys; where there are no authorities, known to the processes after this one, too.</summary>
    public void Follow(Successions successions)
    {
        _successions = successions;
        Call((core, now, port) => core.HandleSuccessions(successions, now, ref port));
    }

    /// <summary>The core takes no more submissions from now on; the process goes on.</summary>
    public void StopAccepting()
    {
        _core?.Stop(Node.Now, ref _port);
        Arm();
    }

    internal void BeginStop()
    {
        if (_core is not null)
        {
            _quietBy = Node.World.Clock.Micros + StopMicros;
            _core.Stop(Node.Now, ref _port);
            Arm();
        }
    }

    /// <summary>The process ends. In order: what the writer has is written; else: what isn't durable is lost.</summary>
    internal void End(bool killed)
    {
        if (_submissions.Count > 0 && killed)
        {
            Node.World.Marks.Hit(Mark.CrashWithSubmissionUnderWay);
        }

        _core = null;
        ForgetReplies();
        if (killed)
        {
            _writer.Crash();
        }
        else
        {
            _writer.Finish();
        }

        _submissions.Clear();
    }

    internal long NextDurableStep() => ++_durableSteps;

    internal void StoreFailed() => Node.Stop(StopKind.StoreFailed, 0);

    internal void Committed(long batch, ImmutableArray<StoreOperation> operations)
    {
        if (batch != StorageWriter.OfShell && _core is not null)
        {
            _core.HandleCommitted(batch, Node.Now, ref _port);
            Arm();
        }
    }
}
