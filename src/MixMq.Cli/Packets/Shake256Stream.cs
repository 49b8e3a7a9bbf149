using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Cli.Packets;

/// <summary>Random bytes for analysts: SHAKE256 of a seed (FIPS 202), read in order from its first byte. One thread at a time.</summary>
/// <remarks>
/// OpenSSL 3.0 gives an output only as a whole, but a longer one begins with the shorter one; so it is taken anew, twice as long, when it
/// is used up. A request reads at most some 70 KB.
/// </remarks>
internal sealed class Shake256Stream(byte[] seed) : IRandomSource
{
    private const int FirstBytes = 4096;
    private byte[] _output = [];
    private int _used;

    public void Fill(Span<byte> destination)
    {
        var end = _used + destination.Length;
        if (end > _output.Length)
        {
            var length = Math.Max(FirstBytes, _output.Length);
            while (length < end)
                length = checked(length * 2);
            _output = Shake256.HashData(seed, length);
        }

        _output.AsSpan(_used, destination.Length).CopyTo(destination);
        _used = end;
    }
}
