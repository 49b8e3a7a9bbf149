using System.Buffers.Binary;
using System.Globalization;

namespace MixMq.Endpoint.Messaging;

/// <summary>Names one message: 16 bytes, chosen by the sender's node when it accepts the message, at least 10 of them random (or a digest).</summary>
/// <remarks>Known to sender and recipient alone. It stays out of logs.</remarks>
public readonly record struct MessageId : IComparable<MessageId>
{
    /// <summary>Bytes of an id.</summary>
    public const int ByteCount = 16;

    private const int RandomBits = 80;

    private readonly UInt128 _value;

    private MessageId(UInt128 value) => _value = value;

    /// <summary>Takes the id from its wire form.</summary>
    /// <param name="bytes">Exactly <see cref="ByteCount"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static MessageId FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == ByteCount
        ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes))
        : throw new ArgumentException("A message id has 16 bytes.", nameof(bytes));

    /// <summary>
    /// An id that begins with a time: ids of one time stand together in the indexes of a store. Random ones are spread over all of an index, and what each of them costs grows with all that is stored.
    /// The time is no secret: who has the id has the envelope, which says when the message was created.
    /// </summary>
    /// <param name="unixMillis">When it is created, Unix milliseconds; the lowest 48 bits are taken.</param>
    /// <param name="random"><see cref="ByteCount"/> random bytes, of which the first six aren't used.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static MessageId At(long unixMillis, ReadOnlySpan<byte> random) =>
        new(((UInt128)unchecked((ulong)unixMillis) << RandomBits) | (FromBytes(random)._value & ((UInt128.One << RandomBits) - 1)));

    /// <summary>Reads the 32 hexadecimal digits that <see cref="ToString"/> writes.</summary>
    /// <returns>False when the text is anything else.</returns>
    public static bool TryParse(string? text, out MessageId id)
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
    public int CompareTo(MessageId other) => _value.CompareTo(other._value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => _value.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Order of the bytes.</summary>
    public static bool operator <(MessageId left, MessageId right) => left.CompareTo(right) < 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >(MessageId left, MessageId right) => left.CompareTo(right) > 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator <=(MessageId left, MessageId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >=(MessageId left, MessageId right) => left.CompareTo(right) >= 0;
}
