using System.Text;

namespace MixMq.Transport.Invites;

/// <summary>
/// An invite as a text to paste: a line that begins it, base64 in lines of 64, a line that ends it. Within the base64 the invite is followed by a
/// checksum, so that a bad copy is told from a bad signature.
/// </summary>
public static class InviteText
{
    /// <summary>The line that begins it.</summary>
    public const string Begin = "-----BEGIN MIXMQ INVITE-----";

    /// <summary>The line that ends it.</summary>
    public const string End = "-----END MIXMQ INVITE-----";

    /// <summary>Characters of a text that is looked at, what stands around the invite included.</summary>
    public const int MaxLength = 65_536;

    private const int LineLength = 64;
    private const int ChecksumBytes = 4;

    /// <summary>The text of an invite.</summary>
    /// <param name="bytes">What <see cref="InviteFormat.Sign"/> made.</param>
    /// <returns>Lines, the last one ended too.</returns>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var base64 = Convert.ToBase64String([.. bytes, .. InviteFormat.HashOf(bytes).AsSpan(^ChecksumBytes..)]);
        var text = new StringBuilder(Begin).Append('\n');
        foreach (var line in base64.Chunk(LineLength))
        {
            text.Append(line).Append('\n');
        }

        return text.Append(End).Append('\n').ToString();
    }

    /// <summary>
    /// Finds and reads the first invite in a text. White space within it, and marks of quotation (<c>&gt;</c>) at the beginning of its lines, are passed
    /// over, since mail programs add them. Never throws for any text.
    /// </summary>
    /// <param name="text">Unchecked text.</param>
    /// <param name="invite">The invite; null on an error.</param>
    /// <returns>What is wrong, if anything.</returns>
    public static InviteError TryRead(string text, out Invite? invite)
    {
        ArgumentNullException.ThrowIfNull(text);
        invite = null;
        if (text.Length > MaxLength)
        {
            return InviteError.TooLong;
        }

        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : text.IndexOf(End, begin, StringComparison.Ordinal);
        if (end < 0)
        {
            return InviteError.NotFound;
        }

        var base64 = new StringBuilder();
        foreach (var line in text[(begin + Begin.Length)..end].Split('\n'))
        {
            base64.Append(line.TrimStart('>', ' ', '\t').TrimEnd());
        }

        var bytes = new byte[Invite.MaxBytes + ChecksumBytes];
        if (base64.Length > (bytes.Length + 2) / 3 * 4)
        {
            return InviteError.TooLong;
        }

        if (!Convert.TryFromBase64String(base64.ToString(), bytes, out var length))
        {
            return InviteError.NotBase64;
        }

        var content = bytes.AsSpan(0, Math.Max(0, length - ChecksumBytes));
        return length < ChecksumBytes || !InviteFormat.HashOf(content).AsSpan(^ChecksumBytes..).SequenceEqual(bytes.AsSpan(content.Length, ChecksumBytes))
            ? InviteError.Damaged
            : InviteFormat.TryRead(content, out invite);
    }
}
