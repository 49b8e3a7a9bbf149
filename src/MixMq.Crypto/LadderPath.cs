namespace MixMq.Crypto;

/// <summary>How <see cref="X25519Batch"/> computes. All give the same bytes.</summary>
public enum LadderPath
{
    /// <summary>One at a time, in libcrypto; scalars that must not be clamped go over <see cref="Scalar"/>.</summary>
    LibCrypto,

    /// <summary>One at a time, in 64-bit limbs.</summary>
    Scalar,

    /// <summary>Four at a time, AVX2 and FMA.</summary>
    Avx2,

    /// <summary>Eight at a time, AVX-512F.</summary>
    Avx512,
}
