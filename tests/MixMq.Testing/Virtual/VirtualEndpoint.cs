using MixMq.Simulation.Disk;
using System.Collections.Immutable;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Testing.Virtual;

/// <summary>
/// The shell of an <see cref="EndpointCore"/> in virtual time: a store whose commits take a while, a signer whose answers come in any order, a
/// process that may crash before or after any durable step and be started again.
/// </summary>
public sealed class VirtualEndpoint
{
    private readonly VirtualClock _clock;
    private readonly PacketPipe _pipe;
    private readonly IRandomSource _random;
    private readonly Func<EndpointState, EndpointCore> _start;
    private EndpointCore? _core;
    private long _incarnation;
    private readonly List<(long Batch, ImmutableArray<StoreOperation> Operations)> _gathering = [];
    private bool _writing;
    private long _wake = Moment.Never;

    public VirtualEndpoint(NodeAddress address, VirtualClock clock, PacketPipe pipe, IRandomSource random, Func<EndpointState, EndpointCore> start)
    {
        Address = address;
        _clock = clock;
        _pipe = pipe;
        _random = random;
        _start = start;
        pipe.Attach(this);
    }

    public NodeAddress Address { get; }

    public MemoryStore Store { get; } = new();

    /// <summary>Batches made durable, over all incarnations.</summary>
    public long DurableSteps { get; private set; }

    /// <summary>Asked at each durable step with its number (from 1): crash before it, after it, or not.</summary>
    public Func<long, CrashPoint> Crash { get; set; } = _ => CrashPoint.None;

    /// <summary>How long a crashed process is down, milliseconds.</summary>
    public double DownMillis { get; set; } = 700;

    /// <summary>Mean time of a commit, milliseconds.</summary>
    public double CommitMillis { get; set; } = 3;

    /// <summary>Null: a stand-in signs, a thousand times cheaper. Else the seed of an Ed25519 key whose public key is the address.</summary>
    public byte[]? SigningSeed { get; init; }

    public Dictionary<long, SubmitOutcome> Outcomes { get; } = [];

    public ulong InboxReady { get; private set; }

    public bool Alive => _core is not null;

    public int Starts { get; private set; }

    public long ContentReads { get; private set; }

    public EndpointSnapshot Snapshot() => _core!.Snapshot();

    public void Start()
    {
        var sink = new Sink(this);
        _core = _start(Store.Load());
        Starts++;
        _core.Start(_clock.Moment(), ref sink);
        _core.HandleTopology(TopologyView.Empty, _clock.Moment(), ref sink);
        Arm();
    }

    public void Kill()
    {
        _core = null;
        _incarnation++;
        _gathering.Clear();
        _writing = false;
        _wake = Moment.Never;
    }

    public void KillAndRestart()
    {
        Kill();
        _clock.After(TimeSpan.FromMilliseconds(DownMillis), () =>
        {
            if (_core is null)
            {
                Start();
            }
        });
    }

    public void Submit(SubmitRequest request) => Input((EndpointCore core, ref Sink sink) => core.HandleSubmit(request, _clock.Moment(), ref sink));

    public void Receive(byte[] message) => Input((EndpointCore core, ref Sink sink) => core.HandleReceived(message, _clock.Moment(), ref sink));

    public void Topology() => Input((EndpointCore core, ref Sink sink) => core.HandleTopology(TopologyView.Empty, _clock.Moment(), ref sink));

    public void Stop() => Input((EndpointCore core, ref Sink sink) => core.Stop(_clock.Moment(), ref sink));

    /// <summary>The stand-in signature of an address.</summary>
    public static byte[] StandIn(NodeAddress signer, ReadOnlySpan<byte> message) => SHA512.HashData([.. signer.ToArray(), .. message]);

    private void Input(Call call)
    {
        if (_core is { } core)
        {
            var sink = new Sink(this);
            call(core, ref sink);
            Arm();
        }
    }

    private void Later(double meanMillis, Call call) => Later(meanMillis, () => Input(call));

    private void Later(double meanMillis, Action action)
    {
        var incarnation = _incarnation;
        _clock.After(TimeSpan.FromMilliseconds(_random.NextExponential(meanMillis)), () =>
        {
            if (incarnation == _incarnation)
            {
                action();
            }
        });
    }

    private void Arm()
    {
        if (_core is not { } core || core.NextDeadline >= _wake)
        {
            return;
        }

        var wake = core.NextDeadline;
        var incarnation = _incarnation;
        _wake = wake;
        _clock.At(wake, () =>
        {
            if (incarnation == _incarnation && _wake == wake)
            {
                _wake = Moment.Never;
                Input((EndpointCore woken, ref Sink sink) => woken.Advance(_clock.Moment(), ref sink));
            }
        });
    }

    // Group commit: while one transaction is written, batches gather for the next. Each batch of a group is a durable step of its own, since a
    // group might as well have ended before it.
    private void CommitLater(long batch, ImmutableArray<StoreOperation> operations)
    {
        _gathering.Add((batch, operations));
        if (_gathering.Count == 1 && !_writing)
        {
            WriteGathered();
        }
    }

    private void WriteGathered()
    {
        var group = _gathering.ToArray();
        _gathering.Clear();
        _writing = group.Length > 0;
        if (!_writing)
        {
            return;
        }

        Later(CommitMillis, () =>
        {
            foreach (var (batch, operations) in group)
            {
                var crash = Crash(++DurableSteps);
                if (crash is CrashPoint.None or CrashPoint.After)
                {
                    Store.Apply(operations);
                }

                if (crash is CrashPoint.Before or CrashPoint.After)
                {
                    KillAndRestart();
                    return;
                }

                Input((EndpointCore core, ref Sink sink) => core.HandleCommitted(batch, _clock.Moment(), ref sink));
            }

            WriteGathered();
        });
    }

    private void Answer(ContentRequestId id, ReadOnlyMemory<byte>? content)
    {
        if (content is { } bytes)
        {
            Later(1, (EndpointCore core, ref Sink sink) => core.HandleContent(id, bytes, _clock.Moment(), ref sink));
        }
        else
        {
            Later(1, (EndpointCore core, ref Sink sink) => core.HandleContentMissing(id, _clock.Moment(), ref sink));
        }
    }

    private byte[] Sign(ReadOnlySpan<byte> message)
    {
        if (SigningSeed is null)
        {
            return StandIn(Address, message);
        }

        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(SigningSeed, message, signature);
        return signature;
    }

    private delegate void Call(EndpointCore core, ref Sink sink);

    private readonly struct Sink(VirtualEndpoint endpoint) : IEndpointSink
    {
        public void Commit(long batch, ImmutableArray<StoreOperation> operations) => endpoint.CommitLater(batch, operations);

        public void ReadOutboxContent(ContentRequestId id, MessageId message)
        {
            endpoint.ContentReads++;
            endpoint.Answer(id, endpoint.Store.ReadOutboxContent(message));
        }

        public void ReadPartial(ContentRequestId id, Place place) => endpoint.Answer(id, endpoint.Store.ReadPartial(place));

        public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
        {
            var owner = endpoint;
            var signature = endpoint.Sign(message);
            owner.Later(1, (EndpointCore core, ref Sink sink) => core.HandleSigned(id, signature, owner._clock.Moment(), ref sink));
        }

        public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            var owner = endpoint;
            var valid = owner.SigningSeed is null
                ? signature.SequenceEqual(StandIn(signer, message))
                : Ed25519.Verify(signer.ToArray(), message, signature);
            owner.Later(1, (EndpointCore core, ref Sink sink) => core.HandleVerified(id, valid, owner._clock.Moment(), ref sink));
        }

        public void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message) =>
            endpoint._pipe.Send(endpoint.Address, path[^1].Address, message.ToArray());

        public void SubmitCompleted(long token, in SubmitOutcome outcome) => endpoint.Outcomes.Add(token, outcome);

        public void InboxReady(ulong position) => endpoint.InboxReady = Math.Max(endpoint.InboxReady, position);
    }
}
