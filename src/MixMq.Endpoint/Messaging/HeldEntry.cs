using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging;

/// <summary>An inbox row in state <see cref="InboxState.Held"/>, without its content.</summary>
/// <param name="Place">Its key.</param>
/// <param name="ContentLength">Bytes of its content.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct HeldEntry(Place Place, long ContentLength);
