using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>How much of the inbox is a sender's and not consumed: ready and held entries, and dead letters.</summary>
/// <param name="Sender">Whose.</param>
/// <param name="Messages">Messages and tombstones.</param>
/// <param name="Bytes">Their contents.</param>
/// <param name="Replies">Replies to anonymous messages of this node's; else all but those.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct InboxUsage(NodeAddress Sender, long Messages, long Bytes, bool Replies = false);
