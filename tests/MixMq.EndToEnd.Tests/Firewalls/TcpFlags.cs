namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>The flags of a TCP segment that are looked at (RFC 9293, section 3.1).</summary>
[Flags]
internal enum TcpFlags
{
    None = 0,
    Fin = 1,
    Syn = 2,
    Rst = 4,
    Ack = 16,
}
