using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Admission;

/// <summary>That a neighbour holds a statement. Nothing in it is verified.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StatementAnnouncement(StatementKind Kind, ulong Number, RecordHash Hash)
{
    /// <summary>Reads <c>count u8, 1 to 8 | count x { kind u8 (1, 2) | number u64 | hash[32] }</c> and nothing more.</summary>
    public static bool TryReadAll(ReadOnlySpan<byte> body, out ImmutableArray<StatementAnnouncement> all)
    {
        all = [];
        var reader = new WireReader(body);
        if (!reader.TryByte(out var count) || count is 0 or > AdmissionLimits.MaxAnnounced || reader.Remaining != count * AdmissionLimits.AnnouncementBytes)
        {
            return false;
        }

        var read = new StatementAnnouncement[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryByte(out var kind) || !reader.TryUInt64(out var number) || !reader.TryBytes(RecordHash.Bytes, out var hash)
                || (StatementKind)kind is not (StatementKind.Parameters or StatementKind.Revocations) || number is 0 or > AdmissionLimits.MaxNumber)
            {
                return false;
            }

            read[i] = new StatementAnnouncement((StatementKind)kind, number, RecordHash.FromBytes(hash));
        }

        all = ImmutableArray.Create(read);
        return true;
    }

    public void Write(Span<byte> destination)
    {
        destination[0] = (byte)Kind;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], Number);
        Hash.CopyTo(destination[9..]);
    }
}
