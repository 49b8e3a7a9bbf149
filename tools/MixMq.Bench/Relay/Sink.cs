using System.Buffers.Binary;
using System.Text.Json.Nodes;
using MixMq.Bench.Floats;
using MixMq.Bench.Links;
using MixMq.Bench.Processes;
using MixMq.Sphinx;

namespace MixMq.Bench.Relay;

/// <summary>Counts what arrives and keeps it with its time. It is opened after the phase, so that the float is alone with its cryptography.</summary>
internal sealed class Sink(Exchange exchange) : IPacketTaker
{
    private const int ChunkPackets = 512;
    private static readonly NetworkDefinition Network = BenchNetwork.Parameters.Definition;
    private static readonly int PacketBytes = Network.Geometry.PacketBytes;

    private byte[][] _chunks = [];
    private long[] _timestamps = [];
    private int _kept;
    private int _arrived;

    public void Take(ReadOnlySpan<byte> packet, long timestamp)
    {
        if (_kept < _timestamps.Length)
        {
            packet.CopyTo(_chunks[_kept / ChunkPackets].AsSpan(_kept % ChunkPackets * PacketBytes));
            _timestamps[_kept++] = timestamp;
        }

        exchange.Arrived = ++_arrived;
    }

    public JsonObject Answer(string what, JsonObject command, LinkEnd end) => what switch
    {
        "begin" => Begin((int)command["keep"]!),
        "open" => Open((int)command["phase"]!, end.Keys),
        _ => throw new InvalidOperationException($"A sink doesn't know what '{what}' is."),
    };

    /// <summary>Between phases, when nothing is on the way: memory is touched now, so that keeping costs a copy and no page fault.</summary>
    private JsonObject Begin(int keep)
    {
        _chunks = new byte[(keep + ChunkPackets - 1) / ChunkPackets][];
        for (var i = 0; i < _chunks.Length; i++)
        {
            _chunks[i] = new byte[ChunkPackets * PacketBytes];
            _chunks[i].AsSpan().Fill(1);
        }

        (_timestamps, _kept, _arrived) = (new long[keep], 0, 0);
        exchange.Arrived = 0;
        return new JsonObject { ["keep"] = keep };
    }

    private JsonObject Open(int phase, MixKey[] keys)
    {
        int opened = 0, strange = 0, twice = 0;
        Crew.Work((_kept + ChunkPackets - 1) / ChunkPackets, () => new Unwrapper(), (chunk, unwrapper) =>
        {
            for (var i = chunk * ChunkPackets; i < Math.Min(_kept, (chunk + 1) * ChunkPackets); i++)
            {
                var packet = _chunks[chunk].AsSpan(i % ChunkPackets * PacketBytes, PacketBytes);
                var result = unwrapper.Unwrap(packet, Network, keys);
                if (result.Kind != UnwrapKind.Deliver || result.Length != LoadBatch.MessageBytes)
                {
                    Interlocked.Increment(ref strange);
                    continue;
                }

                var message = packet.Slice(result.Offset, result.Length);
                var index = BinaryPrimitives.ReadInt32LittleEndian(message[4..]);
                if (BinaryPrimitives.ReadInt32LittleEndian(message) != phase)
                    Interlocked.Increment(ref strange);
                else if (exchange.ArrivedAt[index] != 0)
                    Interlocked.Increment(ref twice);
                else
                    exchange.ArrivedAt[index] = _timestamps[i];
                Interlocked.Increment(ref opened);
            }
        });
        return new JsonObject { ["kept"] = _kept, ["opened"] = opened, ["strange"] = strange, ["twice"] = twice };
    }
}
