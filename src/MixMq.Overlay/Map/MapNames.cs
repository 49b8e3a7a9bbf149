using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Map;

/// <summary>Entries that a neighbour says it holds. Nothing in it is verified.</summary>
/// <param name="Id">The question that it answers; 0: news.</param>
/// <param name="More">Whether there are others after the last.</param>
/// <param name="Hashes">Strictly ascending.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MapNames(uint Id, bool More, ImmutableArray<RecordHash> Hashes)
{
    /// <summary>Reads <c>id u32 | more u8 (0, 1) | count u16 | count x hash[32]</c> and nothing more. News is neither empty nor part of a row.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out MapNames names)
    {
        names = default;
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || !reader.TryByte(out var more) || more > 1 || !reader.TryUInt16(out var count) || count > MapLimits.MaxNamed
            || reader.Remaining != count * RecordHash.Bytes || (count == 0 && (id == 0 || more == 1)) || (id == 0 && more == 1))
        {
            return false;
        }

        var hashes = ImmutableArray.CreateBuilder<RecordHash>(count);
        while (reader.TryBytes(RecordHash.Bytes, out var bytes))
        {
            var hash = RecordHash.FromBytes(bytes);
            if (hashes.Count > 0 && hashes[^1].Compare(hash) >= 0)
            {
                return false;
            }

            hashes.Add(hash);
        }

        names = new MapNames(id, more == 1, hashes.MoveToImmutable());
        return true;
    }
}
