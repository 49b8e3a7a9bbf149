using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MixMq.Crypto.Ladder;

/// <summary>Eight lanes, AVX-512F. <c>Vector512.IsHardwareAccelerated</c> is false on processors that lower their clock for it, so it isn't asked.</summary>
internal readonly struct Lanes512 : ILanes<Vector512<double>>
{
    public static bool IsSupported => Avx512F.IsSupported;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Create(double value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => Avx512F.Add(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Subtract(Vector512<double> a, Vector512<double> b) => Avx512F.Subtract(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => Avx512F.Multiply(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> MultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Avx512F.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<double> BitMask(ulong* words, int bit)
    {
        var shifted = Avx512F.ShiftRightLogical(Avx512F.LoadVector512(words), Vector128.CreateScalar((ulong)bit));
        var lowest = Avx512F.And(shifted, Vector512.Create(1UL));
        return Avx512F.Subtract(Vector512<ulong>.Zero, lowest).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exclusive(Vector512<double> a, Vector512<double> b) => Avx512F.Xor(a.AsUInt64(), b.AsUInt64()).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Select(Vector512<double> mask, Vector512<double> a, Vector512<double> b) =>
        Avx512F.TernaryLogic(mask.AsUInt64(), b.AsUInt64(), a.AsUInt64(), 0xCA).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Permute(Vector512<double> a, [ConstantExpected] byte control) => Avx512F.Permute4x64(a, control);
}
