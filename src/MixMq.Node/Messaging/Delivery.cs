using System.Runtime.InteropServices;

namespace MixMq.Node.Messaging;

/// <summary>One thing for a consumer.</summary>
/// <param name="Position">Which inbox entry; 0: there is nothing more now.</param>
/// <param name="Deliveries">How often it was given in vain before.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Delivery(ulong Position, int Deliveries);
