using MixMq.Crypto;
using MixMq.Simulation;

namespace MixMq.Sphinx.Tests;

/// <summary>
/// Batches of everything that can come in: packets of every command, copies, malformed and changed ones, under the first key, the second, a wrong one,
/// a destroyed one or none. The same seed gives the same packets and keys, with filters of their own, so that they can be unwrapped in two ways.
/// </summary>
internal sealed class MixedPackets : IDisposable
{
    private readonly SeededRandomSource _random;
    private readonly NetworkDefinition _network;
    private readonly NetworkDefinition _other;
    private readonly MixKey[] _keys;

    internal MixedPackets(NetworkDefinition network, NetworkDefinition other, string seed, int count, long replayCapacity)
    {
        (_network, _other, _random) = (network, other, new SeededRandomSource(seed));
        _keys = [.. Enumerable.Range(0, 4).Select(i => MixKey.Generate((uint)i, replayCapacity, _random))];
        _keys[3].Dispose();
        Packets = new byte[count][];
        Candidates = new MixKey[count][];
        for (var i = 0; i < count; i++)
        {
            Candidates[i] = Draw(6) switch
            {
                0 => [Destroyed, Current, Grace],
                1 => [Grace, Current],
                2 when Draw(4) == 0 => [],
                3 when Draw(4) == 0 => [Destroyed],
                _ => [Current, Grace],
            };
            Packets[i] = i > 0 && Draw(8) == 0 ? [.. Packets[Draw(i)]] : Packet(i);
        }
    }

    internal byte[][] Packets { get; }

    internal MixKey[][] Candidates { get; }

    internal MixKey Current => _keys[0];

    internal MixKey Grace => _keys[1];

    private MixKey Wrong => _keys[2];

    private MixKey Destroyed => _keys[3];

    internal long[] TagCounts => [.. _keys.Select(key => key.ReplayFilter.Count)];

    public void Dispose()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }
    }

    private byte[] Packet(int seed)
    {
        var kind = Draw(20);
        var key = Draw(5) switch
        {
            0 => Grace,
            1 when Draw(3) == 0 => Wrong,
            _ => Current,
        };
        var packet = HandmadePacket.Make(kind == 0 ? _other : _network, key, Write, seed);
        switch (kind)
        {
            case 1:
                packet[Draw(packet.Length)] ^= 1;
                break;
            case 2:
                packet[0] = (byte)Draw(256);
                break;
            case 3:
                packet.AsSpan(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes).Fill((byte)(Draw(2) * 0xff));
                break;
            case 4:
                return packet[..Draw(packet.Length)];
        }

        return packet;
    }

    private void Write(Span<byte> slot, Span<byte> lane)
    {
        slot[0] = (byte)(Draw(3) == 0 ? Draw(6) : 1);
        switch (slot[0])
        {
            case 1:
                BitConverter.TryWriteBytes(slot[4..], Draw(12) == 0 ? uint.MaxValue : (uint)Draw(60_000));
                _random.Fill(slot[8..]);
                break;
            case 2:
                HandmadePacket.WriteLength(lane, (uint)Draw(lane.Length + 60));
                lane[^1] = (byte)(Draw(4) == 0 ? 1 : 0);
                break;
            case 3:
                _random.Fill(slot[8..24]);
                break;
        }

        slot[1] = (byte)(Draw(12) == 0 ? 1 : 0);
    }

    private int Draw(int below) => _random.NextInt32(below);
}
