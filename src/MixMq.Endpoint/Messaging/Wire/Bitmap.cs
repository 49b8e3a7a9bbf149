namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>Bits in bytes, lowest bit first.</summary>
internal static class Bitmap
{
    public static bool Get(ReadOnlySpan<byte> bits, long index) =>
        index >= 0 && index < 8L * bits.Length && (bits[(int)(index >> 3)] & (1 << (int)(index & 7))) != 0;

    public static void Set(Span<byte> bits, long index) => bits[(int)(index >> 3)] |= (byte)(1 << (int)(index & 7));

    /// <summary>The bytes up to the last one that isn't zero.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> bits) => bits[..(bits.LastIndexOfAnyExcept((byte)0) + 1)];
}
