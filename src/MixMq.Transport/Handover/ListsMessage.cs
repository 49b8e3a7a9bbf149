using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using MixMq.Overlay.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Handover;

/// <summary>
/// Revocation lists as they are handed over (spec/04-links.md, section 8), none or more to the end of the message:
/// <code>
/// | offset | bytes | field                |
/// | 0      | 4     | u32 n                |
/// | 4      | n     | list in DER          |
/// </code>
/// </summary>
internal static class ListsMessage
{
    /// <summary>The lists of a file; false with a sentence for the operator when they can't be handed over.</summary>
    internal static bool TryRead(string file, [NotNullWhen(true)] out HandoverMessage? message, out string error)
    {
        message = null;
        if (!RevocationFile.TryRead(file, out var lists, out error))
        {
            return false;
        }

        var length = lists.Sum(list => sizeof(uint) + (long)list.Encoded.Length);
        if (length > LinkProtocol.HandedListsBytes)
        {
            error = $"the lists in '{file}' have {length} bytes, more than the {LinkProtocol.HandedListsBytes >> 20} MiB that can be handed over";
            return false;
        }

        var bytes = new byte[length];
        var at = 0;
        foreach (var list in lists)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)list.Encoded.Length);
            list.Encoded.Span.CopyTo(bytes.AsSpan(at + sizeof(uint)));
            at += sizeof(uint) + list.Encoded.Length;
        }

        message = new HandoverMessage(bytes);
        return true;
    }

    /// <summary>What was handed over; null: one of it is no list that can be used.</summary>
    internal static RevocationList[]? Parse(ReadOnlyMemory<byte> message)
    {
        var lists = new List<RevocationList>();
        for (var rest = message; !rest.IsEmpty;)
        {
            if (rest.Length < sizeof(uint))
            {
                return null;
            }

            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
            rest = rest[sizeof(uint)..];
            if (length > rest.Length || !RevocationList.TryParse(rest[..(int)length], out var list))
            {
                return null;
            }

            lists.Add(list!);
            rest = rest[(int)length..];
        }

        return [.. lists];
    }
}
