using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Pings;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Network;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>One endpoint of an <see cref="EndpointPair"/>: a simulated node whose packets go through the pair's pipe, over routes that a test scripts.</summary>
internal sealed class PairEnd
{
    private readonly SimNode _node;
    private readonly SimEndpoint _endpoint;

    /// <summary>The shell says that it dropped a loop before it left.</summary>
    public void DropLoop(MessageId loop) => _endpoint.Core.HandleLoopDropped(loop);

    public PairEnd(World world, string name, PacketPipe pipe, IRouteSource routes, Func<EndpointOptions, EndpointOptions>? configure)
    {
        _node = world.AddEndpoint(name);
        _endpoint = _node.Endpoint!;
        _endpoint.Configure = configure;
        _endpoint.Build = (options, random, state) => new(options, random, Loaded(state), routes);
        _endpoint.Consumes = false;
        _endpoint.CommitDelay = DelayDistribution.Exponential(0, 3_000);
        pipe.Attach(_endpoint);
    }

    /// <summary>Changes what the store loads at each start.</summary>
    public Func<EndpointState, EndpointState> Loaded { get; set; } = static state => state;

    /// <summary>What its options are from its next start on.</summary>
    public Func<EndpointOptions, EndpointOptions> Configure
    {
        set => _endpoint.Configure = value;
    }

    /// <summary>How long a content its recipient takes of which the message of this token was longer; null: it wasn't.</summary>
    public long? LimitOf(long token) => _endpoint.Core.ContentLimitOf(Outcomes[token].Id);

    /// <summary>Messages of each conversation that are loaded at a start; null: a page.</summary>
    public int? FirstPage
    {
        set => _endpoint.FirstPage = value;
    }

    public bool StoreIsFull
    {
        set => _endpoint.StoreSpace(value);
    }

    /// <summary>The address by which the other knows it, whatever key it has.</summary>
    public NodeAddress Address => _node.KnownAs;

    public NodeAddress Present => _node.Address;

    /// <summary>The process ends, and the next one has another key.</summary>
    /// <returns>What both are to be told of it.</returns>
    public Succession ChangeKey(ulong number)
    {
        if (_node.IsRunning)
        {
            _node.Crash();
        }

        var old = _node.ChangeKey();
        Assert.Equal(StatementError.None, Succession.TryCreate(old.Address, _node.Address, number, 0, isEmergency: false, out var succession));
        return succession!;
    }

    /// <summary>Which of those it writes to and hears have other keys.</summary>
    public void Follow(IEnumerable<Succession> successions) => _endpoint.Follow(Successions.Of(successions));

    public MemoryStore Store => _node.Disk.Store;

    public long DurableSteps => _endpoint.DurableSteps;

    public Func<long, CrashPoint> Crash
    {
        set => _endpoint.CrashAt = value;
    }

    public double DownMillis
    {
        set => _endpoint.DownSeconds = value / 1000;
    }

    /// <summary>Mean time of a commit, milliseconds.</summary>
    public double CommitMillis
    {
        set => _endpoint.CommitDelay = DelayDistribution.Exponential(0, value * 1000);
    }

    /// <summary>Mean time of a signature, milliseconds.</summary>
    public double SignMillis
    {
        set => _endpoint.SignDelay = DelayDistribution.Exponential(0, value * 1000);
    }

    /// <summary>What is read of replies is gone.</summary>
    public bool LosesReplies
    {
        set => _endpoint.LosesReplies = value;
    }

    public Dictionary<long, SubmitOutcome> Outcomes => _endpoint.Outcomes;

    public ulong InboxReady => _endpoint.InboxReadyUpTo;

    public bool Alive => _node.IsRunning;

    public int Starts => _node.Starts;

    public long ContentReads => _endpoint.ContentReads;

    public long ReplyReads => _endpoint.ReplyReads;

    /// <summary>An application that consumes; made before the start.</summary>
    public SimConsumer Consumer => field ??= new SimConsumer(_endpoint);

    public EndpointSnapshot Snapshot() => _endpoint.Snapshot();

    public void Start() => Assert.True(_node.Start());

    public void Kill() => _node.Crash();

    public DiskImage Backup() => _node.Disk.Backup();

    /// <summary>The process is killed, its store put back, and it starts again.</summary>
    public void Restore(DiskImage image)
    {
        if (_node.IsRunning)
        {
            _node.Crash();
        }

        _node.Disk.Restore(image);
        Start();
    }

    public void Submit(SubmitRequest request) => _endpoint.Submit(request);

    public void Checkpoint(CheckpointRequest request) => _endpoint.Checkpoint(request);

    public Dictionary<long, CheckpointOutcome> Checkpoints => _endpoint.Checkpoints;

    public void Receive(byte[] message) => _endpoint.Receive(message);

    /// <summary>Somebody replies by a SURB of this process's.</summary>
    public void ReceiveReply(MessageId about, byte[] message) => _endpoint.ReceiveReply(about, message);

    public void Topology() => _endpoint.OnTopology(TopologyView.Empty);

    /// <summary>Whether the recipient refuses the message of this token for now.</summary>
    public bool IsRefused(long token, NodeAddress recipient) =>
        Outcomes.TryGetValue(token, out var outcome) && _endpoint.Core.IsRefused(outcome.Id, recipient, outcome.Sequence);

    /// <summary>SURBs that are left for the reply to a message.</summary>
    public int SurbsFor(MessageId question) => _endpoint.Core.SurbsForReply(question);

    /// <summary>The application wants the message of this token not to be sent any more.</summary>
    public void Cancel(long token, NodeAddress recipient) => _endpoint.Cancel(Outcomes[token], recipient);

    /// <summary>Asks whether an address answers.</summary>
    public long Ping(NodeAddress to, int timeoutMillis = 10_000) => _endpoint.Ping(to, timeoutMillis);

    /// <summary>Nobody waits for the answer any more.</summary>
    public void ForgetPing(long token) => _endpoint.ForgetPing(token);

    /// <summary>How pings ended.</summary>
    public Dictionary<long, PingOutcome> Pings => _endpoint.Pings;

    /// <summary>How often two conversations of one name were looked at, to be asked about or to become one.</summary>
    public long NamesakeLooks => _endpoint.Core.NamesakeLooks;

    /// <summary>When the core is to be called next.</summary>
    public long NextDeadline => _endpoint.Core.NextDeadline;

    public void MayWrite(params NodeAddress[] senders) => _endpoint.TakeSenders([.. senders]);

    public void Stop() => _endpoint.StopAccepting();
}
