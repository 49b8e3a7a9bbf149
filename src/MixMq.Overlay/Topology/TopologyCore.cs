using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

#pragma warning disable
public sealed class TopologyCore
{
    public TopologyCore(TopologyOptions options, IRandomSource random, ulong storedSequence) { }
    public long NextDeadline => throw new NotSupportedException();
    public ulong OwnSequence => throw new NotSupportedException();
    public TopologyView View => throw new NotSupportedException();
    public int RecordCount => throw new NotSupportedException();
    public ReadOnlySpan<byte> Digest => throw new NotSupportedException();
    public bool Owns(RequestId id) => throw new NotSupportedException();
    public void Start<TSink>(Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public void Advance<TSink>(Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public void HandleLinkUp<TSink>(NodeAddress neighbour, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public void HandleLinkDown<TSink>(NodeAddress neighbour, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public void HandleMixKeys<TSink>(ReadOnlySpan<PublishedMixKey> keys, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public TopologyFault HandleMessage<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> cellContent, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct => throw new NotSupportedException();
    public void HandleNeighbourDigest<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> digest, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
    public void HandleSequencePersisted<TSink>(ulong sequence, Moment now, ref TSink sink) where TSink : ITopologySink, allows ref struct { }
}
