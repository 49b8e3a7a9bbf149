using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>The overlay of one node: its links, its view of the network, its mixing.</summary>
public sealed class OverlayCore
{
    /// <summary>A core.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="storedSequence">The sequence stored last; 0 where there is none.</param>
    public OverlayCore(OverlayOptions options, IRandomSource random, ulong storedSequence) => throw new NotSupportedException();

    /// <summary>When <see cref="Advance"/> is due, in <see cref="Moment.Micros"/>.</summary>
    public long NextDeadline => throw new NotSupportedException();

    /// <summary>The view of the network.</summary>
    public TopologyView View => throw new NotSupportedException();

    /// <summary>Starts.</summary>
    public void Start<TSink>(Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>Does what is due.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>TLS is up.</summary>
    public void HandleConnected<TSink>(ConnectionId id, ConnectionInfo info, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>A dial failed.</summary>
    public void HandleDialFailed<TSink>(NodeAddress peer, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>A cell; ownership moves.</summary>
    public void HandleCell<TSink>(ConnectionId id, PacketBuffer cell, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>A connection ended.</summary>
    public void HandleDisconnected<TSink>(ConnectionId id, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>An answer.</summary>
    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>An answer.</summary>
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>An answer; ownership moves back.</summary>
    public void HandleUnwrapped<TSink>(PacketBuffer packet, in UnwrapResult result, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>An answer; ownership moves.</summary>
    public void HandleMixKey<TSink>(MixKey key, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>An answer.</summary>
    public void HandleSequencePersisted<TSink>(ulong sequence, Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>Says goodbye and closes.</summary>
    public void Stop<TSink>(Moment now, ref TSink sink) where TSink : IOverlaySink => throw new NotSupportedException();

    /// <summary>Which connection carries the link to a neighbour now.</summary>
    public bool TryGetLink(NodeAddress neighbour, out ConnectionId id) => throw new NotSupportedException();

    /// <summary>Counts a drop of the shell's; any thread.</summary>
    public void Count(DropCause cause, long count = 1) => throw new NotSupportedException();

    /// <summary>What can be shown.</summary>
    public OverlaySnapshot Snapshot(Moment now) => throw new NotSupportedException();
}
