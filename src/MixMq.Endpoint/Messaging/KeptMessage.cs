namespace MixMq.Endpoint.Messaging;

/// <summary>A settled message that can be sent again, to a recipient whose store was put back from an older copy.</summary>
/// <param name="Id">The message.</param>
/// <param name="Sequence">Its place in the conversation.</param>
/// <param name="Envelope">The signed envelope: of the message, or of the tombstone that took its place.</param>
/// <param name="Label">The application's label.</param>
/// <param name="ContentLength">Bytes of content, which is still there; 0 for a tombstone.</param>
/// <param name="CreatedUnixMillis">When it was accepted.</param>
/// <param name="ExpiresUnixMillis">When it expires or expired.</param>
/// <param name="Tombstone">It expired.</param>
/// <param name="InParts">Its content is stored in parts.</param>
public sealed record KeptMessage(
    MessageId Id, ulong Sequence, ReadOnlyMemory<byte> Envelope, string Label, long ContentLength, long CreatedUnixMillis, long ExpiresUnixMillis, bool Tombstone, bool InParts = false);
