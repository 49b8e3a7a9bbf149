using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>A place at the recipient: one sequence of one conversation of one sender. Exactly one thing ever takes it: a message or a tombstone.</summary>
/// <param name="Sender">Who signed what takes the place.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="Sequence">From 1, without gaps.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Place(NodeAddress Sender, ConversationId Conversation, ulong Sequence);
