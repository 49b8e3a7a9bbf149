using System.Runtime.InteropServices;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>A SURB that the shell is to make and put into a packet's message.</summary>
/// <param name="Offset">Where in the message it is to stand, as many bytes as SURBs of the network have, zero now.</param>
/// <param name="Back">Its hops: who will use it, relays, this node. Not changed by anyone.</param>
/// <param name="ExpiryUnixSeconds">When it expires.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SurbOrder(int Offset, PathHop[] Back, uint ExpiryUnixSeconds);
