using System.Buffers;

namespace MixMq.Cli.Packets;

/// <summary>Bytes as hexadecimal digits: either case is read, lower case is written.</summary>
internal static class HexText
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Reads digits; says which field they were for when there are too few or too many, or when they are none.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="field">Its path or option.</param>
    /// <param name="least">The fewest bytes.</param>
    /// <param name="most">The most bytes.</param>
    /// <param name="reason">The specification's name for another length, if it has one.</param>
    public static byte[] Read(string text, string field, int least, int most, string? reason = null)
    {
        if (text.AsSpan().ContainsAnyExcept(Digits))
            throw PacketRefusal.Request($"{field}: only hexadecimal digits are expected, {Expected(least, most)}.");
        if (text.Length % 2 != 0)
            throw PacketRefusal.Request($"{field}: two hexadecimal digits a byte are expected, {Expected(least, most)}; there are {text.Length} digits.");
        var bytes = text.Length / 2;
        if (bytes < least || bytes > most)
            throw PacketRefusal.Request($"{field}: {Expected(least, most)} are expected, not {bytes}.", reason);
        return Convert.FromHexString(text);
    }

    public static string Write(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static string Expected(int least, int most) =>
        least == most ? $"{least} bytes ({2 * least} digits)" : $"{least} to {most} bytes ({2 * least} to {2 * most} digits)";
}
