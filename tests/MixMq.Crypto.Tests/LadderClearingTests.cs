using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MixMq.Simulation;

namespace MixMq.Crypto.Tests;

/// <summary>What the ladders leave behind on the stack.</summary>
public sealed class LadderClearingTests
{
    private const int Depth = 48 * 1024;

    [Theory]
    [MemberData(nameof(X25519BatchTests.Paths), MemberType = typeof(X25519BatchTests))]
    public void Neither_scalars_nor_products_are_left_on_the_stack(LadderPath path)
    {
        foreach (var pairs in new[] { 1, 2, 8, 64 })
        {
            var (scalars, us, products) = (new byte[pairs * 32], new byte[pairs * 32], new byte[pairs * 32]);
            new SeededRandomSource($"stack {pairs}").Fill(scalars);
            new SeededRandomSource("points").Fill(us);
            if (path == LadderPath.LibCrypto)
            {
                continue; // libcrypto clears what it uses; its stack isn't ours to promise for.
            }

            X25519Batch.Multiply(path, scalars, us, products, clamp: true);
            X25519Batch.Multiply(path, scalars, us, products, clamp: true);
            Assert.False(StackHolds(scalars));
            Assert.False(StackHolds(products));
            Assert.False(StackHolds(Limbs(products)));
        }
    }

    [Fact]
    public void A_scalar_that_is_left_on_the_stack_is_found()
    {
        var scalar = new byte[32];
        new SeededRandomSource("left").Fill(scalar);
        Leave(scalar);
        Assert.True(StackHolds(scalar));
    }

    // Products as the field has them before they are written: five limbs of 51 bits, of which two in a row are looked for.
    private static byte[] Limbs(byte[] products)
    {
        var limbs = new byte[products.Length];
        for (var i = 0; i < products.Length; i += 32)
        {
            var value = new System.Numerics.BigInteger(products.AsSpan(i, 32), isUnsigned: true);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(limbs.AsSpan(i + 8), (ulong)((value >> 51) & ((1UL << 51) - 1)));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(limbs.AsSpan(i + 16), (ulong)((value >> 102) & ((1UL << 51) - 1)));
        }

        return limbs;
    }

    // Of each scalar 16 bytes that clamping leaves alone.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    private static bool StackHolds(byte[] scalars)
    {
        Span<byte> below = stackalloc byte[Depth];
        for (var i = 0; i < scalars.Length; i += 32)
        {
            if (below.IndexOf(scalars.AsSpan(i + 8, 16)) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    private static void Leave(byte[] scalar)
    {
        Span<byte> here = stackalloc byte[Depth / 2];
        RandomNumberGenerator.Fill(here);
        scalar.CopyTo(here[(Depth / 4)..]);
    }
}
