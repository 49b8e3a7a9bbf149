using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace MixMq.Sphinx;

/// <summary>What all nodes of a network have in common as far as packets go. Immutable, safe for any number of threads.</summary>
/// <remarks>Source: spec/03-sphinx.md, section 3. Two networks with different ids are noise to each other; the delay cap isn't in the id.</remarks>
public sealed class NetworkDefinition
{
    /// <summary>Bytes of a network id.</summary>
    public const int IdBytes = 32;

    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>The delay cap if nothing else is said, in milliseconds.</summary>
    public const int DefaultMaxDelayMs = 60_000;

    /// <summary>The greatest delay cap, in milliseconds: one day.</summary>
    public const int GreatestMaxDelayMs = 86_400_000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _id;

    private NetworkDefinition(string name, PacketGeometry geometry, int maxDelayMs, byte[] id)
    {
        Name = name;
        Geometry = geometry;
        MaxDelayMs = maxDelayMs;
        _id = id;
    }

    /// <summary>The network's name, 1 to 255 bytes of UTF-8.</summary>
    public string Name { get; }

    /// <summary>The sizes of its packets.</summary>
    public PacketGeometry Geometry { get; }

    /// <summary>A relay slot that asks for a longer delay is dropped; milliseconds.</summary>
    public int MaxDelayMs { get; }

    /// <summary>32 bytes that stand for name and geometry, and are bound into every key.</summary>
    public ReadOnlySpan<byte> Id => _id;

    /// <summary>Makes a definition.</summary>
    /// <param name="name">1 to 255 bytes of UTF-8.</param>
    /// <param name="geometry">The sizes.</param>
    /// <param name="maxDelayMs">The delay cap in milliseconds, 0 to one day.</param>
    /// <param name="network">The definition, or <see langword="null"/>.</param>
    /// <param name="error">What is wrong, first found first.</param>
    /// <returns>Whether the parts are valid.</returns>
    public static bool TryCreate(
        string name,
        PacketGeometry geometry,
        int maxDelayMs,
        [NotNullWhen(true)] out NetworkDefinition? network,
        out NetworkError error)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(geometry);
        network = null;
        error = Validate(name, maxDelayMs, out var nameBytes);
        if (error == NetworkError.None)
        {
            network = new NetworkDefinition(name, geometry, maxDelayMs, Identify(nameBytes, geometry));
        }

        return network is not null;
    }

    private static NetworkError Validate(string name, int maxDelayMs, out byte[] nameBytes)
    {
        nameBytes = [];
        if (name.Length == 0)
        {
            return NetworkError.NameEmpty;
        }

        if (name.Length > MaxNameBytes)
        {
            return NetworkError.NameInvalid;
        }

        try
        {
            nameBytes = StrictUtf8.GetBytes(name);
        }
        catch (EncoderFallbackException)
        {
            return NetworkError.NameInvalid;
        }

        if (nameBytes.Length > MaxNameBytes)
        {
            return NetworkError.NameInvalid;
        }

        return maxDelayMs is < 0 or > GreatestMaxDelayMs ? NetworkError.MaxDelayOutOfRange : NetworkError.None;
    }

    private static byte[] Identify(byte[] nameBytes, PacketGeometry geometry)
    {
        var label = SphinxLabels.Network;
        var input = new byte[label.Length + (4 * sizeof(ushort)) + nameBytes.Length];
        label.CopyTo(input);
        var rest = input.AsSpan(label.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)nameBytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], (ushort)geometry.Hops);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[4..], (ushort)geometry.Body);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[6..], (ushort)geometry.Reply);
        nameBytes.CopyTo(rest[8..]);
        return SHA256.HashData(input);
    }
}
