using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Node.Messaging;

/// <summary>A message on its way into a packet. Used again, so that no packet costs an allocation; see <see cref="WrapJobs"/>.</summary>
internal sealed class WrapJob
{
    private PathHop[] _path = [];
    private byte[] _message = [];
    private int _hops;
    private int _length;

    internal NodeAddress FirstHop { get; private set; }

    internal ReadOnlySpan<PathHop> Path => _path.AsSpan(0, _hops);

    internal ReadOnlySpan<byte> Message => _message.AsSpan(0, _length);

    /// <summary>The loop that it is; null: it is none.</summary>
    internal MessageId? Loop { get; private set; }

    /// <summary>Where the packet is made; while it is, the job owns the buffer.</summary>
    internal PacketBuffer? Packet { get; set; }

    internal void Set(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, MessageId? loop)
    {
        if (_path.Length < path.Length)
        {
            _path = new PathHop[path.Length];
        }

        if (_message.Length < message.Length)
        {
            _message = GC.AllocateUninitializedArray<byte>(message.Length);
        }

        path.CopyTo(_path);
        message.CopyTo(_message);
        (_hops, _length, FirstHop, Loop) = (path.Length, message.Length, firstHop, loop);
    }

    /// <summary>Clears message and path.</summary>
    internal void Clear()
    {
        _path.AsSpan(0, _hops).Clear();
        _message.AsSpan(0, _length).Clear();
        (_hops, _length, FirstHop, Loop, Packet) = (0, 0, default, null, null);
    }
}
