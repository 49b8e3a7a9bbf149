using System.Runtime.InteropServices;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>A TLS record as anybody on the wire sees it.</summary>
/// <param name="Type">20 change-cipher-spec, 21 alert, 22 handshake, 23 what is encrypted.</param>
/// <param name="Length">Bytes after the header.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TlsRecord(byte Type, int Length)
{
    /// <summary>TLS 1.3 calls all that is encrypted by this type.</summary>
    public const byte Encrypted = 23;
}
