using System.Runtime.InteropServices;
using MixMq.Overlay;

namespace MixMq.Transport.Scheduling;

/// <summary>What a connection brings to the scheduler, in the order in which it happened there.</summary>
/// <param name="Id">The connection.</param>
/// <param name="Connected">Set: TLS is up.</param>
/// <param name="Cell">Set: a cell came; owned by whoever reads this. Neither set: the connection has ended.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LinkInput(ConnectionId Id, ConnectionInfo? Connected, PacketBuffer? Cell);
