using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Cryptography;

/// <summary>Who carries out the public-key work of all nodes of a world; when it is answered is the nodes' business.</summary>
public abstract class CryptoProvider : IDisposable
{
    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The identity that belongs to a seed of 32 bytes.</summary>
    public abstract SimIdentity CreateIdentity(ReadOnlySpan<byte> seed);

    /// <summary>Signs as an identity: 64 bytes.</summary>
    public abstract void Sign(SimIdentity identity, ReadOnlySpan<byte> message, Span<byte> signature);

    public abstract bool Verify(NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>As <see cref="LinkStateRecord.Verify"/>.</summary>
    public abstract bool VerifyRecord(LinkStateRecord record, ReadOnlySpan<byte> signedMessage);

    public abstract MixKey CreateMixKey(uint epoch, long replayCapacity, IRandomSource random);

    /// <summary>As <see cref="Unwrapper.Unwrap"/>.</summary>
    public abstract UnwrapResult Unwrap(Span<byte> packet, NetworkDefinition network, ReadOnlySpan<MixKey> candidates);

    /// <summary>As <see cref="PacketWriter.Wrap"/>.</summary>
    public abstract WrapResult Wrap(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, IRandomSource random, Span<byte> packet);

    /// <summary>As <see cref="PacketWriter.WrapCover"/>.</summary>
    public abstract WrapResult WrapCover(NetworkDefinition network, ReadOnlySpan<PathHop> path, IRandomSource random, Span<byte> packet);

    /// <summary>As <see cref="SurbWriter.Make"/>; the opener becomes the caller's.</summary>
    public abstract WrapResult MakeSurb(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, uint expiryUnixSeconds, IRandomSource random, Span<byte> wire, out ReplyOpener? opener);

    /// <summary>As <see cref="Surb.TryUse"/>.</summary>
    public abstract SurbUse UseSurb(
        NetworkDefinition network, ReadOnlySpan<byte> wire, ReadOnlySpan<byte> message, uint nowUnixSeconds, IRandomSource random, Span<byte> packet);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
