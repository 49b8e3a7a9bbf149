using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>The topology's sink within <see cref="OverlayCore"/>: its cells go to the links, the rest to the shell.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct TopologyOutput<TSink> : ITopologySink
    where TSink : IOverlaySink
{
    private readonly LinkCore _links;
    private readonly RequestIds _ids;
    private readonly Queue<NodeAddress> _faulty;
    private readonly Queue<NodeAddress> _unadmitted;
    private readonly ref TSink _sink;

    public TopologyOutput(LinkCore links, RequestIds ids, Queue<NodeAddress> faulty, Queue<NodeAddress> unadmitted, ref TSink sink)
    {
        _links = links;
        _ids = ids;
        _faulty = faulty;
        _unadmitted = unadmitted;
        _sink = ref sink;
    }

    public void SendTopology(NodeAddress neighbour, ReadOnlySpan<byte> cellContent) => _links.SendTopology(neighbour, cellContent, ref _sink);

    public RequestId NextRequestId() => _ids.Next();

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message) => _sink.RequestSign(id, message);

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage) =>
        _sink.RequestVerifyRecord(id, record, signedMessage);

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        _sink.RequestVerify(id, signer, message, signature);

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements) => _sink.PersistStatements(statements);

    /// <summary>Taken note of, as a fault is.</summary>
    public void AdmissionEnded(NodeAddress neighbour) => _unadmitted.Enqueue(neighbour);

    public void PersistSequence(ulong sequence) => _sink.PersistSequence(sequence);

    public void TopologyChanged() => _sink.TopologyChanged();

    /// <summary>Taken note of: closing the link tells the topology, which is in the middle of a call.</summary>
    public void NeighbourFault(NodeAddress neighbour, TopologyFault fault) => _faulty.Enqueue(neighbour);
}
