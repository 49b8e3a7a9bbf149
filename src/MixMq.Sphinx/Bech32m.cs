namespace MixMq.Sphinx;

/// <summary>
/// Bech32m for 32 bytes. Reference: BIP-350 (checksum constant), BIP-173 (alphabet, generator, 5-bit groups).
/// </summary>
/// <remarks>
/// Text: prefix, <c>1</c>, 52 characters of data (256 bits and 4 zero bits), 6 of checksum. Up to four changed characters are always detected.
/// </remarks>
internal static class Bech32m
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const uint Constant = 0x2bc830a3;
    private const int ChecksumCharacters = 6;
    private const int DataCharacters = 52;

    internal static string Encode(string prefix, ReadOnlySpan<byte> bytes)
    {
        Span<byte> groups = stackalloc byte[DataCharacters + ChecksumCharacters];
        Split(bytes, groups[..DataCharacters]);
        groups[DataCharacters..].Clear();
        var checksum = Polymod(prefix, groups) ^ Constant;
        Span<char> text = stackalloc char[prefix.Length + 1 + groups.Length];
        prefix.CopyTo(text);
        text[prefix.Length] = '1';
        for (var i = 0; i < ChecksumCharacters; i++)
        {
            groups[DataCharacters + i] = (byte)((checksum >> (5 * (ChecksumCharacters - 1 - i))) & 31);
        }

        for (var i = 0; i < groups.Length; i++)
        {
            text[prefix.Length + 1 + i] = Alphabet[groups[i]];
        }

        return new string(text);
    }

    /// <summary>Reads a text; <paramref name="bytes"/> is meaningful only when the outcome is <see cref="AddressError.None"/>.</summary>
    internal static AddressError TryDecode(string prefix, string? text, Span<byte> bytes)
    {
        if (string.IsNullOrEmpty(text))
        {
            return AddressError.Empty;
        }

        if (text.Length <= prefix.Length
            || text[prefix.Length] != '1'
            || !text.AsSpan(0, prefix.Length).Equals(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AddressError.WrongPrefix;
        }

        if (text.Length != prefix.Length + 1 + DataCharacters + ChecksumCharacters)
        {
            return AddressError.WrongLength;
        }

        if (text.AsSpan().ContainsAnyInRange('a', 'z') && text.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            return AddressError.MixedCase;
        }

        Span<byte> groups = stackalloc byte[DataCharacters + ChecksumCharacters];
        for (var i = 0; i < groups.Length; i++)
        {
            var character = text[prefix.Length + 1 + i];
            var value = char.IsAscii(character) ? Alphabet.IndexOf(char.ToLowerInvariant(character), StringComparison.Ordinal) : -1;
            if (value < 0)
            {
                return AddressError.InvalidCharacter;
            }

            groups[i] = (byte)value;
        }

        if (Polymod(prefix, groups) != Constant)
        {
            return AddressError.ChecksumMismatch;
        }

        return Join(groups[..DataCharacters], bytes) ? AddressError.None : AddressError.InvalidPadding;
    }

    private static void Split(ReadOnlySpan<byte> bytes, Span<byte> groups)
    {
        uint held = 0;
        int bits = 0, next = 0;
        foreach (var value in bytes)
        {
            held = ((held << 8) | value) & 0xfff;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                groups[next++] = (byte)((held >> bits) & 31);
            }
        }

        groups[next] = (byte)((held << (5 - bits)) & 31);
    }

    private static bool Join(ReadOnlySpan<byte> groups, Span<byte> bytes)
    {
        uint held = 0;
        int bits = 0, next = 0;
        foreach (var group in groups)
        {
            held = ((held << 5) | group) & 0xfff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[next++] = (byte)(held >> bits);
            }
        }

        return (held & ((1u << bits) - 1)) == 0;
    }

    private static uint Polymod(string prefix, ReadOnlySpan<byte> groups)
    {
        uint checksum = 1;
        foreach (var character in prefix)
        {
            checksum = Step(checksum, (uint)character >> 5);
        }

        checksum = Step(checksum, 0);
        foreach (var character in prefix)
        {
            checksum = Step(checksum, (uint)character & 31);
        }

        foreach (var group in groups)
        {
            checksum = Step(checksum, group);
        }

        return checksum;
    }

    private static uint Step(uint checksum, uint value)
    {
        var top = checksum >> 25;
        checksum = ((checksum & 0x1ffffff) << 5) ^ value;
        checksum ^= (top & 1) != 0 ? 0x3b6a57b2u : 0;
        checksum ^= (top & 2) != 0 ? 0x26508e6du : 0;
        checksum ^= (top & 4) != 0 ? 0x1ea119fau : 0;
        checksum ^= (top & 8) != 0 ? 0x3d4233ddu : 0;
        checksum ^= (top & 16) != 0 ? 0x2a1462b3u : 0;
        return checksum;
    }
}
