using System.Security.Cryptography;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// The key of tags that hold for one start of a node alone: <c>SHAKE256(label ‖ secret ‖ incarnation)</c>, 32 bytes. What a node said in another start, before its store was put
/// back from a copy, then isn't taken for what it says now.
/// </summary>
internal static class IncarnationKey
{
    /// <summary>The key for fragments (the sender's incarnation) or acknowledgements (the recipient's); the secret itself where there is none.</summary>
    public static ConversationSecret Derive(ConversationSecret secret, in Incarnation incarnation)
    {
        if (incarnation == Incarnation.None)
        {
            return secret;
        }

        Span<byte> input = stackalloc byte[ConversationSecret.ByteCount + Incarnation.ByteCount];
        secret.CopyTo(input);
        incarnation.CopyTo(input[ConversationSecret.ByteCount..]);
        using var hash = new Shake256();
        hash.AppendData(MessagingLabels.IncarnationKey);
        hash.AppendData(input);
        Span<byte> key = stackalloc byte[ConversationSecret.ByteCount];
        hash.GetHashAndReset(key);
        return ConversationSecret.FromBytes(key);
    }
}
