using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Hostile;

/// <summary>One way in which a peer that speaks the protocol doesn't keep to it. A <see cref="HostilePeer"/> has several at once.</summary>
public abstract class HostileBehaviour
{
    protected HostilePeer Peer { get; private set; } = null!;

    protected World World => Peer.World;

    protected SimRandom Random => Peer.Whim;

    internal void Attach(HostilePeer peer) => Peer = peer;

    /// <summary>Called once when lying begins, to schedule what is done by the clock.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>Each cell that goes out; false keeps it back.</summary>
    public virtual bool Rewrite(SimNode to, Span<byte> cell) => true;

    /// <summary>Each cell that comes in; false keeps it from the peer's own core.</summary>
    public virtual bool Read(SimNode from, Span<byte> cell) => true;

    /// <summary>Each packet that it opened.</summary>
    public virtual UnwrapResult Unwrapped(in UnwrapResult result, Span<byte> packet) => result;

    /// <summary>Again and again while the peer lies and runs, at random intervals of a mean.</summary>
    protected void Often(double meanSeconds, Action action) => World.After(0.2 * meanSeconds + (1.6 * meanSeconds * Random.Double()), () =>
    {
        if (!Peer.Lies)
        {
            return;
        }

        if (Peer.IsRunning)
        {
            action();
        }

        Often(meanSeconds, action);
    });
}
