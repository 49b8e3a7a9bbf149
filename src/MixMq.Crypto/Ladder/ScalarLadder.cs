using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MixMq.Crypto.Ladder;

/// <summary>The ladder of RFC 7748, section 5, one at a time in 64-bit limbs: for processors without wide vectors. Constant time.</summary>
internal static class ScalarLadder
{
    private static readonly FieldElement A24 = new(121665);

    /// <summary>Multiplies u by a scalar as it is: clamped by the caller where it is to be; bit 255 is ignored in both.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Multiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> u, Span<byte> product)
    {
        State state = default;
        state.X1 = FieldElement.Read(u);
        state.X2 = state.Z3 = FieldElement.One;
        state.X3 = state.X1;
        for (var bit = 254; bit >= 0; bit--)
        {
            var mask = 0 - (((ulong)scalar[bit >> 3] >> (bit & 7)) & 1);
            state.Step(mask);
        }

        state.Swap(state.Before);
        state.Quotient(product);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref state, 1)));
        DeadStack.Clear();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public FieldElement X1;
        public FieldElement X2;
        public FieldElement Z2;
        public FieldElement X3;
        public FieldElement Z3;
        public ulong Before;

        // Not inline, so that what it computes with is on the stack below the caller's frame, where DeadStack clears.
        [MethodImpl(MethodImplOptions.NoInlining)]
        public readonly void Quotient(Span<byte> product) => (X2 * Z2.Invert()).Write(product);

        public void Swap(ulong mask)
        {
            FieldElement.Swap(mask, ref X2, ref X3);
            FieldElement.Swap(mask, ref Z2, ref Z3);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Step(ulong mask)
        {
            Swap(mask ^ Before);
            Before = mask;
            var (a, b) = (X2 + Z2, X2 - Z2);
            var (da, cb) = ((X3 - Z3) * a, (X3 + Z3) * b);
            var (aa, bb) = (a.Square(), b.Square());
            var e = aa - bb;
            X3 = (da + cb).Square();
            Z3 = X1 * (da - cb).Square();
            X2 = aa * bb;
            Z2 = e * (aa + (A24 * e));
        }
    }
}
