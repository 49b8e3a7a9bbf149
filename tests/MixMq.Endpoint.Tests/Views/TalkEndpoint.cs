using System.Collections.Immutable;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Pings;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>An endpoint core in virtual time, with a wall clock that may be wrong and a view that the test gives it.</summary>
internal sealed class TalkEndpoint : IEndpointSink
{
    private readonly TalkNet _net;
    private readonly long _skewMillis;
    private long _wake = Moment.Never;
    private long _token;

    public TalkEndpoint(TalkNet net, NodeAddress address, long skewMillis, Func<EndpointOptions, EndpointOptions>? configure)
    {
        _net = net;
        _skewMillis = skewMillis;
        Address = address;
        var options = new EndpointOptions { Network = RecordBook.Network, Own = address };
        Core = new(configure?.Invoke(options) ?? options, net.Random, EndpointState.Empty, Routes);
        Input((core, sink) => core.Start(Now, ref sink));
    }

    public NodeAddress Address { get; }

    public EndpointCore Core { get; }

    public ScriptedRoutes Routes { get; } = new();

    public MemoryStore Store { get; } = new();

    public ViewComparison Views => Core.Snapshot().Views;

    public long Drops(InboundDrop cause) => Core.Snapshot().Drops.GetValueOrDefault(cause);

    public long UnixMillis => Now.UnixMillis;

    private Moment Now => _net.Clock.Moment(_skewMillis);

    public void Show(TopologyView view) => Input((core, sink) => core.HandleTopology(view, Now, ref sink));

    public void Receive(byte[] message) => Input((core, sink) => core.HandleReceived(message, Now, ref sink));

    public void Submit(NodeAddress to, string conversation, int bytes)
    {
        var request = new SubmitRequest { Token = ++_token, To = to, Conversation = conversation, Content = new byte[bytes] };
        Input((core, sink) => core.HandleSubmit(request, Now, ref sink));
    }

    public void Commit(long batch, ImmutableArray<StoreOperation> operations) => Later(2, (core, sink) =>
    {
        Store.Apply(operations);
        core.HandleCommitted(batch, Now, ref sink);
    });

    public void ReadOutboxContent(ContentRequestId id, MessageId message) =>
        Later(1, (core, sink) => core.HandleContent(id, Store.ReadOutboxContent(message)!.Value, Now, ref sink));

    public void ReadKept(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
        Later(1, (core, sink) => core.HandleKept(id, Store.ReadKept(recipient, conversation, first, end, maxMessages).ToArray(), Now, ref sink));

    public void ReadWaiting(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
        Later(1, (core, sink) => core.HandleWaiting(id, Store.ReadWaiting(recipient, conversation, first, maxEntries, byExpiry).ToArray(), Now, ref sink));

    public void ReadUnsettled(ContentRequestId id, MessageId message) =>
        Later(1, (core, sink) => core.HandleWaiting(id, Store.ReadUnsettled(message).ToArray(), Now, ref sink));

    public void ReadFormer(ContentRequestId id, Place first, ulong last, int maxIds) =>
        Later(1, (core, sink) => core.HandleFormer(id, Store.ReadFormer(first, last, maxIds).ToArray(), Now, ref sink));

    public void ReadPartial(ContentRequestId id, Place place) =>
        Later(1, (core, sink) => core.HandleContent(id, Store.ReadPartial(place)!.Value, Now, ref sink));

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

    public void ReadPartialPart(ContentRequestId id, Place place, long offset, int length) => throw new InvalidOperationException("Messages here are short.");

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = StandIn(Address, message);
        Later(1, (core, sink) => core.HandleSigned(id, signature, Now, ref sink));
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var valid = signature.SequenceEqual(StandIn(signer, message));
        Later(1, (core, sink) => core.HandleVerified(id, valid, Now, ref sink));
    }

    public void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message) =>
        _net.Send(Address, path[^1].Address, message.ToArray());

    public void SubmitCompleted(long token, in SubmitOutcome outcome) => Assert.True(outcome.Accepted, outcome.Describe());

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

    public void PingSent(long token, int relays)
    {
    }

    public void PingCompleted(long token, in PingOutcome outcome)
    {
    }

    public void ReplayCompleted(long token)
    {
    }

    private static byte[] StandIn(NodeAddress signer, ReadOnlySpan<byte> message) => SHA512.HashData([.. signer.ToArray(), .. message]);

    private void Later(double millis, Action<EndpointCore, IEndpointSink> input) => _net.After(millis, () => Input(input));

    private void Input(Action<EndpointCore, IEndpointSink> input)
    {
        input(Core, this);
        if (Core.NextDeadline < _wake)
        {
            var wake = Core.NextDeadline;
            _wake = wake;
            _net.Clock.At(wake, () =>
            {
                if (_wake == wake)
                {
                    _wake = Moment.Never;
                    Input((core, sink) => core.Advance(Now, ref sink));
                }
            });
        }
    }
}
