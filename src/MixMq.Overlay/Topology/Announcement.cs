using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>That a neighbour holds a record. Nothing in it is verified.</summary>
/// <param name="Address">The record's origin.</param>
/// <param name="Sequence">The record's sequence.</param>
/// <param name="Hash">The record's hash.</param>
/// <param name="IsEvidence">Whether it is one of two records that contradict each other.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Announcement(NodeAddress Address, ulong Sequence, RecordHash Hash, bool IsEvidence)
{
    /// <summary>Length on the wire: <c>address[32] | sequence u64 | hash[32] | evidence u8 (0, 1)</c>.</summary>
    public const int Bytes = NodeAddress.ByteLength + sizeof(ulong) + RecordHash.Bytes + 1;

    public static bool TryRead(ref WireReader reader, out Announcement announced)
    {
        if (!reader.TryBytes(NodeAddress.ByteLength, out var address) || !reader.TryUInt64(out var sequence)
            || !reader.TryBytes(RecordHash.Bytes, out var hash) || !reader.TryByte(out var evidence)
            || sequence is 0 or > TopologyLimits.MaxSequence || evidence > 1)
        {
            announced = default;
            return false;
        }

        announced = new Announcement(NodeAddress.FromBytes(address), sequence, RecordHash.FromBytes(hash), evidence == 1);
        return true;
    }

    public void Write(Span<byte> destination)
    {
        Address.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], Sequence);
        Hash.CopyTo(destination[40..]);
        destination[72] = IsEvidence ? (byte)1 : (byte)0;
    }
}
