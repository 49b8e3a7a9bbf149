using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>An address whose admission was ended before its time.</summary>
/// <param name="Address">Whose.</param>
/// <param name="UntilUnixMillis">Until when it is kept out, unix milliseconds: the end of the last certificate that it was given.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RevokedAddress(NodeAddress Address, long UntilUnixMillis);
