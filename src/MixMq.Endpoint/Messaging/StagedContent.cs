namespace MixMq.Endpoint.Messaging;

/// <summary>A content that an application has handed over in parts and that is durable, but belongs to no message yet.</summary>
/// <param name="Id">Names it in the store (<see cref="StoreOperation.StagePart"/>), and becomes the message's id: random, of the shell's.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Hash">Its SHA-256.</param>
public sealed record StagedContent(MessageId Id, long Length, ReadOnlyMemory<byte> Hash);
