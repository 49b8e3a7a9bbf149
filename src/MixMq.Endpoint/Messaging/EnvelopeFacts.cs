using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>
/// What an envelope says of its conversation (spec/07 §5). A store that finds the conversation's own row damaged puts it together again from this.
/// </summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="Name">Its name.</param>
/// <param name="Secret">Its secret.</param>
public sealed record EnvelopeFacts(ConversationId Conversation, string Name, ConversationSecret Secret)
{
    /// <summary>With whom the conversation is in which the message was accepted; null: that isn't said. A message that has gone behind another conversation (spec/07 §19) may still have the secret of that one.</summary>
    public NodeAddress? To { get; private init; }

    /// <summary>Reads them out of an envelope of this node's own; null: it isn't one.</summary>
    /// <param name="envelope">As in <see cref="OutboxEntry.Envelope"/>.</param>
    public static EnvelopeFacts? Read(ReadOnlySpan<byte> envelope) =>
        Envelope.TryRead(envelope, out var read, out _) ? new(read.Conversation, read.Name, read.Secret) { To = read.To }
        : StoredEnvelope.Is(envelope) ? new(AnonymousPlaces.Conversation, "", AnonymousPlaces.Secret)
        : null;
}
