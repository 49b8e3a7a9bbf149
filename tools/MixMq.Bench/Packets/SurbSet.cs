using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Bench.Packets;

/// <summary>A SURB's life: made, used, and opened after all hops have unwrapped the reply.</summary>
internal sealed class SurbSet : IDisposable
{
    private const uint Expiry = 2;
    private readonly SeededRandomSource _random = new("surbs");
    private readonly NetworkDefinition _network = PacketSet.Network();
    private readonly MixKey[] _keys;
    private readonly PathHop[] _path;
    private readonly SurbWriter _writer = new();
    private readonly Unwrapper _unwrapper = new();
    private readonly AeadContext _aead = new();
    private readonly byte[] _wire;
    private readonly byte[] _packet;
    private readonly byte[] _message;
    private SurbState? _state;
    private UnwrapResult _reply;

    public SurbSet()
    {
        (_keys, _path) = PacketSet.Path(_random, PacketCommands.Hops, 1 << 20);
        _wire = new byte[Surb.WireBytes(_network.Geometry)];
        _packet = new byte[_network.Geometry.PacketBytes];
        _message = new byte[_network.Geometry.ReplyCapacity];
    }

    public void Make(int call)
    {
        _state?.Dispose();
        Require(_writer.Make(_network, _path, Expiry, _random, _wire, out _state) == WrapResult.Wrapped);
    }

    public void Use(int call) => Require(Surb.TryUse(_network, _wire, _message, Expiry - 1, _random, _aead, _packet) == SurbUse.Built);

    public void PrepareOpen(int call)
    {
        Make(call);
        Use(call);
        foreach (var key in _keys)
            _reply = _unwrapper.Unwrap(_packet, _network, [key]);
        Require(_reply.Kind == UnwrapKind.Reply && _state is not null && _reply.SurbId == _state.Id);
    }

    public void Open(int call) => Require(_state!.TryOpen(_packet.AsSpan(_reply.Offset, _reply.Length), _aead, out _) == DropReason.None);

    public void Dispose()
    {
        _state?.Dispose();
        _writer.Dispose();
        _unwrapper.Dispose();
        _aead.Dispose();
        foreach (var key in _keys)
            key.Dispose();
    }

    private static void Require(bool condition)
    {
        if (!condition)
            throw new InvalidOperationException("What is measured didn't work.");
    }
}
