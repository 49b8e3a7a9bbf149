using System.Buffers;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport;
using MixMq.Transport.Workers;

namespace MixMq.Node.Messaging;

/// <summary>Wraps one message and hands the packet to the link. What can't go out is dropped and counted: the endpoint core repeats it.</summary>
internal sealed class WrapWork : IWorkItem
{
    private readonly OverlayHost _overlay;
    private readonly NetworkDefinition _network;
    private readonly ThreadLocal<PacketWriter> _writers;
    private readonly PathHop[] _path;
    private readonly NodeAddress _firstHop;
    private readonly byte[] _message;
    private readonly int _length;

    internal WrapWork(
        OverlayHost overlay, NetworkDefinition network, ThreadLocal<PacketWriter> writers, ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message)
    {
        _overlay = overlay;
        _network = network;
        _writers = writers;
        _path = path.ToArray();
        _firstHop = firstHop;
        _message = ArrayPool<byte>.Shared.Rent(message.Length);
        _length = message.Length;
        message.CopyTo(_message);
    }

    public void Execute()
    {
        try
        {
            if (!_overlay.Pool.TryRent(out PacketBuffer? buffer))
            {
                _overlay.Count(DropCause.PoolEmpty);
                return;
            }

            WrapResult result = _writers.Value!.Wrap(_network, _path, _message.AsSpan(0, _length), SystemRandomSource.Instance, buffer.Packet);
            if (result != WrapResult.Wrapped)
            {
                // A record's key was checked when it was taken, and the core keeps to the geometry: nothing a peer does leads here.
                buffer.Return();
                throw new InvalidOperationException($"A packet could not be wrapped: {result}.");
            }

            if (!_overlay.TrySendPacket(_firstHop, buffer))
            {
                buffer.Return();
                _overlay.Count(DropCause.NoLink);
            }
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Clears the message; for work that was never taken up, too.</summary>
    internal void Forget() => ArrayPool<byte>.Shared.Return(_message, clearArray: true);
}
