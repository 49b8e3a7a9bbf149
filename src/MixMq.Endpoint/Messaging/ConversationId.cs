using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MixMq.Endpoint.Messaging;

/// <summary>Names a conversation between a sender and a recipient: the first 16 bytes of a hash of its name.</summary>
/// <remarks>Order and duplicates are judged per (sender, recipient, conversation). spec/07 §3.</remarks>
public readonly record struct ConversationId : IComparable<ConversationId>
{
    /// <summary>Bytes of an id.</summary>
    public const int ByteCount = 16;

    private readonly UInt128 _value;

    private ConversationId(UInt128 value) => _value = value;

    /// <summary>The id of the conversation with this name: SHA-256("MixMq-conversation-v1" ‖ UTF-8 name), first 16 bytes.</summary>
    /// <param name="utf8Name">The name in UTF-8, 0 to <see cref="MessagingConstants.MaxConversationNameBytes"/> bytes.</param>
    public static ConversationId OfName(ReadOnlySpan<byte> utf8Name)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("MixMq-conversation-v1"u8);
        hash.AppendData(utf8Name);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return FromBytes(digest[..ByteCount]);
    }

    /// <summary>The id of the conversation with this name.</summary>
    public static ConversationId OfName(string name) => OfName(Encoding.UTF8.GetBytes(name));

    /// <summary>Takes the id from its wire form.</summary>
    /// <param name="bytes">Exactly <see cref="ByteCount"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static ConversationId FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == ByteCount
        ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes))
        : throw new ArgumentException("A conversation id has 16 bytes.", nameof(bytes));

    /// <summary>Reads the 32 hexadecimal digits that <see cref="ToString"/> writes.</summary>
    /// <returns>False when the text is anything else.</returns>
    public static bool TryParse(string? text, out ConversationId id)
    {
        if (text is { Length: 2 * ByteCount }
            && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            id = new(value);
            return true;
        }

        id = default;
        return false;
    }

    /// <summary>Writes the wire form.</summary>
    /// <param name="destination">At least <see cref="ByteCount"/> bytes.</param>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _value);

    /// <summary>The wire form in an array of its own.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[ByteCount];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public int CompareTo(ConversationId other) => _value.CompareTo(other._value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => _value.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Order of the bytes.</summary>
    public static bool operator <(ConversationId left, ConversationId right) => left.CompareTo(right) < 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >(ConversationId left, ConversationId right) => left.CompareTo(right) > 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator <=(ConversationId left, ConversationId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >=(ConversationId left, ConversationId right) => left.CompareTo(right) >= 0;
}
