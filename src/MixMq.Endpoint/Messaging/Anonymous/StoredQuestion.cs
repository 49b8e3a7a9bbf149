using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>An anonymous message of this node's that was received, and to which a reply may come.</summary>
/// <param name="Id">The message.</param>
/// <param name="Recipient">Who has it.</param>
/// <param name="Secret">Its secret, <see cref="AnonymousConstants.SecretBytes"/> bytes.</param>
/// <param name="UntilUnixMillis">A reply is waited for until then.</param>
/// <param name="Status">How it stands.</param>
public sealed record StoredQuestion(MessageId Id, NodeAddress Recipient, ReadOnlyMemory<byte> Secret, long UntilUnixMillis, QuestionStatus Status = QuestionStatus.Waiting);
