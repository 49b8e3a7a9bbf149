using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MixMq.Crypto.Ladder;

/// <summary>Four lanes, AVX2 with FMA.</summary>
internal readonly struct Lanes256 : ILanes<Vector256<double>>
{
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Create(double value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => Avx.Add(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Subtract(Vector256<double> a, Vector256<double> b) => Avx.Subtract(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => Avx.Multiply(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> MultiplyAdd(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Fma.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<double> BitMask(ulong* words, int bit)
    {
        var shifted = Avx2.ShiftRightLogical(Avx.LoadVector256(words), Vector128.CreateScalar((ulong)bit));
        var lowest = Avx2.And(shifted, Vector256.Create(1UL));
        return Avx2.Subtract(Vector256<ulong>.Zero, lowest).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Exclusive(Vector256<double> a, Vector256<double> b) => Avx.Xor(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Select(Vector256<double> mask, Vector256<double> a, Vector256<double> b) =>
        Avx.Or(Avx.And(mask, b), Avx.AndNot(mask, a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Permute(Vector256<double> a, [ConstantExpected] byte control) => Avx2.Permute4x64(a, control);
}
