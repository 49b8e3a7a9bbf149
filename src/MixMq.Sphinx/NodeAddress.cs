using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// A node's address: its Curve25519 public key in the Ed25519 encoding, 32 bytes. As text it is Bech32m with the prefix <c>mix</c>,
/// 62 characters.
/// </summary>
/// <remarks>Value equality; ordered by its bytes. <c>default</c> is 32 zero bytes, which is no valid key. Source: spec/03-sphinx.md, section 2.</remarks>
public readonly record struct NodeAddress : IComparable<NodeAddress>
{
    /// <summary>Length in bytes.</summary>
    public const int ByteLength = 32;

    /// <summary>Length of the text form in characters.</summary>
    public const int TextLength = 62;

    private const string Prefix = "mix";
    private readonly Bytes32 _bytes;

    private NodeAddress(ReadOnlySpan<byte> bytes) => _bytes = new Bytes32(bytes);

    /// <summary>Takes 32 bytes as they are, without asking whether they are a key: for what was checked before, or is only compared.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ArgumentException">There aren't 32 bytes.</exception>
    public static NodeAddress FromBytes(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>Takes bytes from someone else, if they are a valid public key (canonical, on the curve, not of small order). A fraction of a derive.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="address">The address, or <c>default</c>.</param>
    /// <returns>Whether they are an address.</returns>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, out NodeAddress address)
    {
        var valid = Ed25519.IsValidPublicKey(bytes);
        address = valid ? new NodeAddress(bytes) : default;
        return valid;
    }

    /// <summary>Reads the text form. Upper case is accepted, mixed case isn't; white space around it is the caller's to trim.</summary>
    /// <param name="text">What was typed; <see langword="null"/> counts as empty.</param>
    /// <param name="address">The address, or <c>default</c>.</param>
    /// <param name="error">What is wrong, <see cref="AddressError.None"/> on success.</param>
    /// <returns>Whether the text is an address.</returns>
    public static bool TryParse(string? text, out NodeAddress address, out AddressError error)
    {
        address = default;
        Span<byte> bytes = stackalloc byte[ByteLength];
        error = Bech32m.TryDecode(Prefix, text, bytes);
        if (error != AddressError.None)
        {
            return false;
        }

        if (!TryFromBytes(bytes, out address))
        {
            error = AddressError.NotAKey;
            return false;
        }

        return true;
    }

    /// <summary>Writes the 32 bytes.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>The 32 bytes in a new array.</summary>
    /// <returns>A copy.</returns>
    public byte[] ToArray()
    {
        var bytes = new byte[ByteLength];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Orders addresses by their bytes, unsigned, from the first.</summary>
    /// <param name="other">What to compare with.</param>
    /// <returns>Below, equal to or above zero.</returns>
    public int CompareTo(NodeAddress other) => _bytes.CompareTo(other._bytes);

    /// <summary>The text form, in lower case.</summary>
    /// <returns>62 characters.</returns>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        return Bech32m.Encode(Prefix, bytes);
    }

    /// <summary>Whether the left address comes before the right one.</summary>
    /// <param name="left">One address.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether it does.</returns>
    public static bool operator <(NodeAddress left, NodeAddress right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left address comes after the right one.</summary>
    /// <param name="left">One address.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether it does.</returns>
    public static bool operator >(NodeAddress left, NodeAddress right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left address comes before the right one or equals it.</summary>
    /// <param name="left">One address.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether it does.</returns>
    public static bool operator <=(NodeAddress left, NodeAddress right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left address comes after the right one or equals it.</summary>
    /// <param name="left">One address.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether it does.</returns>
    public static bool operator >=(NodeAddress left, NodeAddress right) => left.CompareTo(right) >= 0;
}
