using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>A ready inbox entry that is not consumed, without its content.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Place">Its place.</param>
/// <param name="Deliveries">How often it was given to a consumer in vain.</param>
/// <param name="ContentLength">Bytes of its content.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct InboxHead(ulong Position, Place Place, int Deliveries, long ContentLength);
