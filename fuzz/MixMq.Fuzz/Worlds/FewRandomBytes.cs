using System.Buffers.Binary;
using MixMq.Crypto;

namespace MixMq.Fuzz.Worlds;

/// <summary>
/// Bytes that are the same in every run and cost next to nothing: SplitMix64 (Steele, Lea, Flood 2014). Not for secrets, and never in a core
/// that ships.
/// </summary>
internal sealed class FewRandomBytes(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!destination.IsEmpty)
        {
            _state += 0x9e3779b97f4a7c15;
            var mixed = (_state ^ (_state >> 30)) * 0xbf58476d1ce4e5b9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
            BinaryPrimitives.WriteUInt64LittleEndian(word, mixed ^ (mixed >> 31));
            var take = Math.Min(word.Length, destination.Length);
            word[..take].CopyTo(destination);
            destination = destination[take..];
        }
    }
}
