namespace MixMq.Endpoint.Messaging;

/// <summary>A message that was given a place before it was known that the recipient has another one there, and its new place.</summary>
/// <param name="Id">The message.</param>
/// <param name="Sequence">Its new place.</param>
/// <param name="Envelope">Its envelope, signed anew.</param>
public sealed record MovedMessage(MessageId Id, ulong Sequence, ReadOnlyMemory<byte> Envelope);
