using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>An anonymous message that was received: it isn't taken again. Its inbox row says so, consumed or not.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ReceivedUnixMillis">When.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AnonymousReceived(MessageId Id, long ReceivedUnixMillis);
