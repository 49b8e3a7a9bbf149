using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Endpoint.Messaging;

/// <summary>The 32 bytes that a sender chose for a conversation and told the recipient inside the signed envelope: key of every tag.</summary>
/// <remarks>
/// It lies on the ordinary heap because it also lies in envelopes and in the store, which must be able to bring it back after a crash;
/// it protects acknowledgements and fragments against forgery, not contents. No ToString, no equality: it can't reach a log by mistake.
/// </remarks>
public sealed class ConversationSecret
{
    /// <summary>Bytes of the secret.</summary>
    public const int ByteCount = 32;

    private readonly byte[] _bytes;

    private ConversationSecret(byte[] bytes) => _bytes = bytes;

    /// <summary>Takes the secret from its stored or wire form.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static ConversationSecret FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == ByteCount
        ? new(bytes.ToArray())
        : throw new ArgumentException("A conversation secret has 32 bytes.", nameof(bytes));

    /// <summary>Draws a new secret.</summary>
    public static ConversationSecret Create(IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var bytes = new byte[ByteCount];
        random.Fill(bytes);
        return new(bytes);
    }

    /// <summary>Writes the 32 bytes, for the store and the envelope alone.</summary>
    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>The 32 bytes in an array of its own, for the store.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>Whether this is the same secret, in constant time.</summary>
    internal bool Equals32(ConversationSecret other) => Matches(other._bytes);

    /// <summary>Whether these are the secret's bytes, in constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> bytes) => CryptographicOperations.FixedTimeEquals(_bytes, bytes);
}
