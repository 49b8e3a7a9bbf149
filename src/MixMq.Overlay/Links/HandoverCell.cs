namespace MixMq.Overlay.Links;

/// <summary>
/// The content of a control cell with a part of a message that is handed over (spec/04-links.md, section 8):
/// <code>
/// | offset | bytes | field                                        |
/// | 0      | 1     | 4                                            |
/// | 1      | 1     | kind                                         |
/// | 2      | 1     | flags: 1 = begins a message, 2 = ends it     |
/// | 3      | rest  | part; empty only where both flags are set    |
/// </code>
/// </summary>
internal static class HandoverCell
{
    public const int HeaderBytes = 3;
    private const byte First = 1;
    private const byte Last = 2;

    /// <summary>Writes header and part; returns the length.</summary>
    public static int Write(HandoverKind kind, bool first, bool last, ReadOnlySpan<byte> part, Span<byte> content)
    {
        content[0] = (byte)ControlKind.Handover;
        content[1] = (byte)kind;
        content[2] = (byte)((first ? First : 0) | (last ? Last : 0));
        part.CopyTo(content[HeaderBytes..]);
        return HeaderBytes + part.Length;
    }

    /// <summary>Reads the content of a control cell whose first byte is 4. False: malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, out HandoverKind kind, out bool first, out bool last, out ReadOnlySpan<byte> part)
    {
        (kind, first, last) = (default, false, false);
        part = default;
        if (content.Length < HeaderBytes || content[2] > (First | Last))
        {
            return false;
        }

        kind = (HandoverKind)content[1];
        first = (content[2] & First) != 0;
        last = (content[2] & Last) != 0;
        part = content[HeaderBytes..];
        return HandoverMessage.Limit(kind) > 0 && (!part.IsEmpty || (first && last));
    }
}
