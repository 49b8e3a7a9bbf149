using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MixMq.Crypto;

/// <summary>
/// An integer modulo p = 2^255 − 19 in five limbs of 51 bits, x = Σ x_i · 2^(51 i). Arithmetic is constant time: no branch and no index
/// depends on a limb.
/// </summary>
/// <remarks>
/// Reference: Bernstein, Duif, Lange, Schwabe, Yang, "High-speed high-security signatures" (CHES 2011), section 3, for the radix.
/// Bounds: a <em>reduced</em> element has limbs below 2^51 + 2^13; products, squares and differences are reduced. A sum of up to three reduced
/// elements has limbs below 2^53 and may be multiplied, squared and subtracted, not added further. With limbs below 2^53 each column of a
/// product is below 5 · 19 · 2^106 &lt; 2^113, the highest, which has no factor 19, below 2^109: its carry times 19 fits 64 bits.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly struct FieldElement
{
    private const ulong Mask = (1UL << 51) - 1;
    private readonly ulong _0;
    private readonly ulong _1;
    private readonly ulong _2;
    private readonly ulong _3;
    private readonly ulong _4;

    public FieldElement(ulong value)
        : this(value & Mask, value >> 51, 0, 0, 0)
    {
    }

    private FieldElement(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4) => (_0, _1, _2, _3, _4) = (l0, l1, l2, l3, l4);

    public static FieldElement One => new(1);

    public static FieldElement operator +(in FieldElement a, in FieldElement b) =>
        new(a._0 + b._0, a._1 + b._1, a._2 + b._2, a._3 + b._3, a._4 + b._4);

    public static FieldElement operator -(in FieldElement a, in FieldElement b)
    {
        // 4p keeps every limb positive, also where the subtrahend is a sum.
        const ulong lowest = 4 * ((1UL << 51) - 19);
        const ulong others = 4 * Mask;
        return Carry(a._0 + lowest - b._0, a._1 + others - b._1, a._2 + others - b._2, a._3 + others - b._3, a._4 + others - b._4);
    }

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        var (b1, b2, b3, b4) = (19 * b._1, 19 * b._2, 19 * b._3, 19 * b._4);
        return Carry(
            Product(a._0, b._0) + Product(a._1, b4) + Product(a._2, b3) + Product(a._3, b2) + Product(a._4, b1),
            Product(a._0, b._1) + Product(a._1, b._0) + Product(a._2, b4) + Product(a._3, b3) + Product(a._4, b2),
            Product(a._0, b._2) + Product(a._1, b._1) + Product(a._2, b._0) + Product(a._3, b4) + Product(a._4, b3),
            Product(a._0, b._3) + Product(a._1, b._2) + Product(a._2, b._1) + Product(a._3, b._0) + Product(a._4, b4),
            Product(a._0, b._4) + Product(a._1, b._3) + Product(a._2, b._2) + Product(a._3, b._1) + Product(a._4, b._0));
    }

    /// <summary>Exchanges two elements where the mask is all ones, and does nothing where it is zero. Constant time.</summary>
    public static void Swap(ulong mask, ref FieldElement a, ref FieldElement b)
    {
        var (d0, d1, d2, d3, d4) = (mask & (a._0 ^ b._0), mask & (a._1 ^ b._1), mask & (a._2 ^ b._2), mask & (a._3 ^ b._3), mask & (a._4 ^ b._4));
        a = new FieldElement(a._0 ^ d0, a._1 ^ d1, a._2 ^ d2, a._3 ^ d3, a._4 ^ d4);
        b = new FieldElement(b._0 ^ d0, b._1 ^ d1, b._2 ^ d2, b._3 ^ d3, b._4 ^ d4);
    }

    /// <summary>Reads 32 bytes, little-endian; bit 255 is ignored, and values from p on count modulo p.</summary>
    public static FieldElement Read(ReadOnlySpan<byte> bytes)
    {
        var w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new FieldElement(
            w0 & Mask, ((w0 >> 51) | (w1 << 13)) & Mask, ((w1 >> 38) | (w2 << 26)) & Mask, ((w2 >> 25) | (w3 << 39)) & Mask, (w3 >> 12) & Mask);
    }

    /// <summary>Takes limbs of 51 bits; the highest may have up to 55.</summary>
    public static FieldElement FromLimbs(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4) => Carry(l0, l1, l2, l3, l4);

    /// <summary>Writes the one canonical encoding, 32 bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        // After two carries the value is below 2^255 + 2^13; it exceeds p exactly where adding 19 carries out of bit 255.
        var x = Carry(_0, _1, _2, _3, _4);
        x = Carry(x._0, x._1, x._2, x._3, x._4);
        var carry = (x._0 + 19) >> 51;
        carry = (x._1 + carry) >> 51;
        carry = (x._2 + carry) >> 51;
        carry = (x._3 + carry) >> 51;
        carry = (x._4 + carry) >> 51;
        var l0 = x._0 + (19 * carry);
        var l1 = x._1 + (l0 >> 51);
        var l2 = x._2 + (l1 >> 51);
        var l3 = x._3 + (l2 >> 51);
        var l4 = x._4 + (l3 >> 51);
        (l0, l1, l2, l3, l4) = (l0 & Mask, l1 & Mask, l2 & Mask, l3 & Mask, l4 & Mask);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, l0 | (l1 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], (l1 >> 13) | (l2 << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], (l2 >> 26) | (l3 << 25));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], (l3 >> 39) | (l4 << 12));
    }

    public FieldElement Square()
    {
        var (d0, d1, d2) = (2 * _0, 2 * _1, 2 * _2);
        var (n3, n4) = (19 * _3, 19 * _4);
        return Carry(
            Product(_0, _0) + Product(d1, n4) + Product(d2, n3),
            Product(d0, _1) + Product(d2, n4) + Product(_3, n3),
            Product(d0, _2) + Product(_1, _1) + Product(2 * _3, n4),
            Product(d0, _3) + Product(d1, _2) + Product(_4, n4),
            Product(d0, _4) + Product(d1, _3) + Product(_2, _2));
    }

    /// <summary>x^(2^n).</summary>
    public FieldElement Square(int n)
    {
        var x = this;
        for (var i = 0; i < n; i++)
        {
            x = x.Square();
        }

        return x;
    }

    /// <summary>x^(p−2): the inverse, and zero of zero. Fermat; the chain of 254 squarings and 11 products is fixed.</summary>
    public FieldElement Invert()
    {
        var (x250, x11) = Chain();
        return x250.Square(5) * x11;
    }

    /// <summary>Whether it is the square of something, by Euler's criterion: x^((p−1)/2) is 0 or 1.</summary>
    public bool IsSquare()
    {
        // (p − 1) / 2 = 2^254 − 10 = (2^250 − 1) · 2^4 + 6.
        var (x250, _) = Chain();
        var x2 = Square();
        var symbol = x250.Square(4) * (x2.Square() * x2);
        return symbol.IsZero || (symbol - One).IsZero;
    }

    /// <summary>Whether it is zero modulo p. The answer is public, the way to it constant time.</summary>
    public bool IsZero => ZeroMask() != 0;

    /// <summary>All ones where it is zero modulo p, else zero. Constant time.</summary>
    public ulong ZeroMask()
    {
        Span<byte> bytes = stackalloc byte[32];
        Write(bytes);
        var or = BinaryPrimitives.ReadUInt64LittleEndian(bytes) | BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])
            | BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]) | BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        CryptographicOperations.ZeroMemory(bytes);
        return ((or | (0 - or)) >> 63) - 1;
    }

    /// <summary>x^(2^250 − 1) and x^11.</summary>
    private (FieldElement X250, FieldElement X11) Chain()
    {
        var x2 = Square();
        var x9 = x2.Square(2) * this;
        var x11 = x9 * x2;
        var x5 = x11.Square() * x9; // x^(2^5 − 1), and so on
        var x10 = x5.Square(5) * x5;
        var x20 = x10.Square(10) * x10;
        var x40 = x20.Square(20) * x20;
        var x50 = x40.Square(10) * x10;
        var x100 = x50.Square(50) * x50;
        var x200 = x100.Square(100) * x100;
        return (x200.Square(50) * x50, x11);
    }

    private static UInt128 Product(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return new UInt128(high, low);
    }

    private static FieldElement Carry(UInt128 c0, UInt128 c1, UInt128 c2, UInt128 c3, UInt128 c4)
    {
        c1 += (ulong)(c0 >> 51);
        c2 += (ulong)(c1 >> 51);
        c3 += (ulong)(c2 >> 51);
        c4 += (ulong)(c3 >> 51);
        var l0 = ((ulong)c0 & Mask) + (19 * (ulong)(c4 >> 51));
        return new FieldElement(l0 & Mask, ((ulong)c1 & Mask) + (l0 >> 51), (ulong)c2 & Mask, (ulong)c3 & Mask, (ulong)c4 & Mask);
    }

    private static FieldElement Carry(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4)
    {
        l1 += l0 >> 51;
        l2 += l1 >> 51;
        l3 += l2 >> 51;
        l4 += l3 >> 51;
        l0 = (l0 & Mask) + (19 * (l4 >> 51));
        return new FieldElement(l0 & Mask, (l1 & Mask) + (l0 >> 51), l2 & Mask, l3 & Mask, l4 & Mask);
    }
}
