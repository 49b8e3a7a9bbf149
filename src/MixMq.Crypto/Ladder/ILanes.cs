using System.Diagnostics.CodeAnalysis;

namespace MixMq.Crypto.Ladder;

/// <summary>
/// Doubles side by side, one for each ladder of a vector: what the arithmetic needs of a processor. Implemented by empty structs, so that the
/// compiler makes a body of its own for each width, with every call inlined.
/// </summary>
internal interface ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Whether this processor has the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Lanes of a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Create(double value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>Bit n of each lane's word as all ones or all zeros.</summary>
    static abstract unsafe TVector BitMask(ulong* words, int bit);

    static abstract TVector Exclusive(TVector a, TVector b);

    /// <summary>b where the mask is all ones, a where it is zero: no branch, no index.</summary>
    static abstract TVector Select(TVector mask, TVector a, TVector b);

    /// <summary>Moves lanes within each group of four: bits 0 and 1 of the control say where lane 0 comes from, and so on.</summary>
    static abstract TVector Permute(TVector a, [ConstantExpected] byte control);
}
