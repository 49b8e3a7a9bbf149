using System.Diagnostics.CodeAnalysis;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Pings;

/// <summary>
/// A ping's body, spec/07 §20: somebody asks whether this endpoint answers.
/// <code>
///   0  sender[32]   32  recipient[32]   64  nonce[16]   80  secret[32]   112  signature[64]
/// </code>
/// It is signed as a sender mark is, and its secret is the key of the answer's tag as an envelope's is of an acknowledgement's: no tag of its own, for the signature covers all of it.
/// </summary>
internal sealed class PingFrame
{
    public const int SignatureOffset = (2 * NodeAddress.ByteLength) + ExchangeNonce.ByteCount + ConversationSecret.ByteCount;

    public const int ByteCount = SignatureOffset + Ed25519.SignatureBytes;

    public required NodeAddress Sender { get; init; }

    public required NodeAddress Recipient { get; init; }

    public required ExchangeNonce Nonce { get; init; }

    public required ConversationSecret Secret { get; init; }

    /// <summary>What the sender signs.</summary>
    public byte[] Signed(NetworkDefinition network)
    {
        var body = new byte[SignatureOffset];
        WriteUnsigned(body);
        return [.. MessagingLabels.Ping, .. network.Id, .. body];
    }

    /// <summary>Writes the body.</summary>
    /// <param name="body">At least <see cref="ByteCount"/>.</param>
    /// <param name="signature">64 bytes.</param>
    public void Write(Span<byte> body, ReadOnlySpan<byte> signature)
    {
        WriteUnsigned(body);
        signature.CopyTo(body[SignatureOffset..]);
    }

    /// <summary>Reads a body. Whether its signature is right is not known here.</summary>
    /// <returns>False: not a ping.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out PingFrame? ping, [NotNullWhen(true)] out byte[]? signature)
    {
        ping = null;
        signature = null;
        if (body.Length != ByteCount)
        {
            return false;
        }

        var reader = new WireReader(body);
        ping = new PingFrame
        {
            Sender = NodeAddress.FromBytes(reader.Take(NodeAddress.ByteLength)),
            Recipient = NodeAddress.FromBytes(reader.Take(NodeAddress.ByteLength)),
            Nonce = ExchangeNonce.FromBytes(reader.Take(ExchangeNonce.ByteCount)),
            Secret = ConversationSecret.FromBytes(reader.Take(ConversationSecret.ByteCount)),
        };
        signature = reader.Take(Ed25519.SignatureBytes).ToArray();
        return true;
    }

    private void WriteUnsigned(Span<byte> body)
    {
        var writer = new WireWriter(body);
        writer.Address(Sender);
        writer.Address(Recipient);
        Nonce.CopyTo(writer.Take(ExchangeNonce.ByteCount));
        Secret.CopyTo(writer.Take(ConversationSecret.ByteCount));
    }
}
