using System.Runtime.Intrinsics;

namespace MixMq.Simulation.Cryptography;

/// <summary>A keystream at memory speed, for packets of the ideal cryptography: looks random, and nobody in a simulation tries to break it.</summary>
internal static class QuickStream
{
    private static readonly Vector256<uint> Lanes = Vector256.Create(0u, 0x9E3779B9, 0x3C6EF372, 0xDAA66D2B, 0x78DDE6E4, 0x1715609D, 0xB54CDA56, 0x5384540F);
    private static readonly Vector256<uint> FirstFactor = Vector256.Create(0x85EBCA6Bu);
    private static readonly Vector256<uint> SecondFactor = Vector256.Create(0xC2B2AE35u);

    public static void Xor(Span<byte> data, ulong key)
    {
        var counter = Lanes + Vector256.Create((uint)key);
        var tweak = Vector256.Create((uint)(key >> 32));
        var step = Vector256.Create(unchecked(0x61C88647u * 8));
        var at = 0;
        for (; at + 32 <= data.Length; at += 32)
        {
            var block = Vector256.Create<byte>(data.Slice(at, 32));
            (block ^ Block(counter, tweak).AsByte()).CopyTo(data[at..]);
            counter += step;
        }

        if (at < data.Length)
        {
            Span<byte> last = stackalloc byte[32];
            Block(counter, tweak).AsByte().CopyTo(last);
            for (var i = 0; at + i < data.Length; i++)
            {
                data[at + i] ^= last[i];
            }
        }
    }

    private static Vector256<uint> Block(Vector256<uint> counter, Vector256<uint> tweak)
    {
        var v = counter ^ (counter >>> 16);
        v = (v * FirstFactor) ^ tweak;
        v ^= v >>> 13;
        v *= SecondFactor;
        return v ^ (v >>> 16);
    }
}
