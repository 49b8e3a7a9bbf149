using MixMq.Simulation.Disk;
using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Simulation;
using MixMq.Testing;
using MixMq.Testing.Virtual;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>An endpoint core on top of a virtual node: real topology, real paths, real packets, real signatures.</summary>
internal sealed class OverlayEndpoint : IVirtualConsumer, IEndpointSink, IDisposable
{
    private readonly VirtualNetwork _network;
    private readonly VirtualNode _node;
    private readonly PacketWriter _writer = new();
    private readonly SeededRandomSource _random;
    private long _wake = Moment.Never;

    public OverlayEndpoint(VirtualNetwork network, VirtualNode node, double meanDelayMs)
    {
        _network = network;
        _node = node;
        _random = new SeededRandomSource($"endpoint {node.Name}");
        Core = new EndpointCore(new() { Network = network.Parameters, Own = node.Address, MeanDelayMs = meanDelayMs }, _random, EndpointState.Empty);
        node.Consumer = this;
        Input((core, sink) => core.Start(_node.Now, ref sink));
    }

    public EndpointCore Core { get; }

    public MemoryStore Store { get; } = new();

    public void Submit(SubmitRequest request) => Input((core, sink) => core.HandleSubmit(request, _node.Now, ref sink));

    public void OnDelivered(PacketBuffer packet, in UnwrapResult result)
    {
        if (result.Kind == UnwrapKind.Deliver)
        {
            var message = packet.Packet.Slice(result.Offset, result.Length).ToArray();
            Input((core, sink) => core.HandleReceived(message, _node.Now, ref sink));
        }

        packet.Return();
    }

    public void OnTopology(TopologyView view) => Input((core, sink) => core.HandleTopology(view, _node.Now, ref sink));

    public void Commit(long batch, ImmutableArray<StoreOperation> operations) => Later(2, (core, sink) =>
    {
        Store.Apply(operations);
        core.HandleCommitted(batch, _node.Now, ref sink);
    });

    public void ReadOutboxContent(ContentRequestId id, MessageId message) =>
        Later(1, (core, sink) => core.HandleContent(id, Store.ReadOutboxContent(message)!.Value, _node.Now, ref sink));

    public void ReadPartial(ContentRequestId id, Place place) =>
        Later(1, (core, sink) => core.HandleContent(id, Store.ReadPartial(place)!.Value, _node.Now, ref sink));

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(_node.SigningSeed, message, signature);
        Later(1, (core, sink) => core.HandleSigned(id, signature, _node.Now, ref sink));
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var valid = Ed25519.Verify(signer.ToArray(), message, signature);
        Later(1, (core, sink) => core.HandleVerified(id, valid, _node.Now, ref sink));
    }

    public void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message)
    {
        Assert.True(_node.Pool.TryRent(out var packet));
        Assert.Equal(WrapResult.Wrapped, _writer.Wrap(_network.Parameters.Definition, path, message, _random, packet!.Packet));
        if (!_node.TrySendPacket(firstHop, packet))
        {
            packet.Return();
        }
    }

    public void SubmitCompleted(long token, in SubmitOutcome outcome) => Assert.True(outcome.Accepted, outcome.Describe());

    public void InboxReady(ulong position)
    {
    }

    public void Dispose() => _writer.Dispose();

    private void Later(double millis, Action<EndpointCore, IEndpointSink> input) =>
        _network.Clock.After(TimeSpan.FromMilliseconds(millis), () => Input(input));

    private void Input(Action<EndpointCore, IEndpointSink> input)
    {
        input(Core, this);
        if (Core.NextDeadline < _wake)
        {
            var wake = Core.NextDeadline;
            _wake = wake;
            _network.Clock.At(wake, () =>
            {
                if (_wake == wake)
                {
                    _wake = Moment.Never;
                    Input((core, sink) => core.Advance(_node.Now, ref sink));
                }
            });
        }
    }
}
