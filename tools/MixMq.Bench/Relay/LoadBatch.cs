using System.Buffers.Binary;
using MixMq.Bench.Floats;
using MixMq.Overlay.Links;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Bench.Relay;

/// <summary>Packets that a <see cref="Generator"/> wraps together, into cells that lie one after another.</summary>
internal struct LoadBatch : IWrapBatch
{
    /// <summary>What a message says: phase and index, four bytes each.</summary>
    public const int MessageBytes = 8;

    private const int Hops = 2;
    private static readonly int CellBytes = BenchNetwork.Parameters.CellBytes;
    private readonly PathHop[] _hops;
    private readonly byte[] _messages;
    private readonly byte[] _cells;
    private readonly int _first;

    /// <summary>Takes part of a run of cells.</summary>
    /// <param name="cells">The cells.</param>
    /// <param name="first">The first cell of this batch.</param>
    /// <param name="count">Cells of this batch.</param>
    public LoadBatch(byte[] cells, int first, int count)
    {
        (_cells, _first, Count) = (cells, first, count);
        (_hops, _messages) = (new PathHop[count * Hops], new byte[count * MessageBytes]);
    }

    public int Count { get; }

    public readonly void Set(int index, PathHop relay, PathHop sink, int phase, int number)
    {
        (_hops[index * Hops], _hops[(index * Hops) + 1]) = (relay, sink);
        var message = _messages.AsSpan(index * MessageBytes, MessageBytes);
        BinaryPrimitives.WriteInt32LittleEndian(message, phase);
        BinaryPrimitives.WriteInt32LittleEndian(message[4..], number);
        _cells[(_first + index) * CellBytes] = (byte)CellType.Packet;
    }

    public readonly ReadOnlySpan<PathHop> Path(int index) => _hops.AsSpan(index * Hops, Hops);

    public readonly ReadOnlySpan<byte> Message(int index) => _messages.AsSpan(index * MessageBytes, MessageBytes);

    public readonly bool IsCover(int index) => false;

    public readonly Span<byte> Packet(int index) => _cells.AsSpan(((_first + index) * CellBytes) + 1, CellBytes - 1);
}
