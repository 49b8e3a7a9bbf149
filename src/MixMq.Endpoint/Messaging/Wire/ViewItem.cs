using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>A record in view items: <c>address[32] ‖ sequence u64 ‖ print u64 ‖ issued u64 ms ‖ expires u64 ms</c>, spec/07 §11.</summary>
/// <param name="Address">The origin.</param>
/// <param name="Sequence">The record's sequence.</param>
/// <param name="Print">Keyed hash of address, sequence and record hash.</param>
/// <param name="IssuedUnixMillis">When it was issued.</param>
/// <param name="ExpiresUnixMillis">When it expires.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ViewItem(NodeAddress Address, ulong Sequence, ulong Print, long IssuedUnixMillis, long ExpiresUnixMillis)
{
    public const int ByteCount = NodeAddress.ByteLength + 8 + 8 + 8 + 8;

    public static bool TryRead(scoped ref WireReader reader, out ViewItem item)
    {
        item = default;
        var address = reader.Take(NodeAddress.ByteLength);
        var sequence = reader.UInt64();
        var print = reader.UInt64();
        var issued = reader.UInt64();
        var expires = reader.UInt64();
        if (reader.Failed || sequence > long.MaxValue || issued > long.MaxValue || expires > long.MaxValue)
        {
            return false;
        }

        item = new(NodeAddress.FromBytes(address), sequence, print, (long)issued, (long)expires);
        return true;
    }

    public void Write(scoped ref WireWriter writer)
    {
        writer.Address(Address);
        writer.UInt64(Sequence);
        writer.UInt64(Print);
        writer.UInt64((ulong)IssuedUnixMillis);
        writer.UInt64((ulong)ExpiresUnixMillis);
    }
}
