using System.Net;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>An IPv4 packet as it was on the wire.</summary>
/// <param name="Nanoseconds">When it arrived, by the machine's clock.</param>
/// <param name="Source">From where; port 0 where it isn't TCP.</param>
/// <param name="Target">To where.</param>
/// <param name="Protocol">The number of the protocol; TCP is 6.</param>
/// <param name="Flags">Of TCP.</param>
/// <param name="Sequence">Of TCP: the number of the first byte of the content, or of the SYN.</param>
/// <param name="Content">Of TCP.</param>
internal readonly record struct CapturedPacket(
    long Nanoseconds, IPEndPoint Source, IPEndPoint Target, byte Protocol, TcpFlags Flags, uint Sequence, ReadOnlyMemory<byte> Content)
{
    public const byte Tcp = 6;

    /// <summary>Somebody wants to connect.</summary>
    public bool IsAttempt => Protocol == Tcp && (Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;

    /// <summary>A port accepts.</summary>
    public bool IsAcceptance => Protocol == Tcp && (Flags & (TcpFlags.Syn | TcpFlags.Ack)) == (TcpFlags.Syn | TcpFlags.Ack);
}
