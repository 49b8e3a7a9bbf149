using System.Net;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>
/// Whether a float's public port was ever open without a link to the inside, from what was captured on both its sides. A port that has refused somebody while there was no connection
/// of the inside must not accept anybody until a new one has come; and none may be accepted before the first.
/// </summary>
/// <remarks>How long the port takes to close after the link has gone is the float's affair, and of milliseconds: nothing is concluded from what comes between.</remarks>
internal sealed class GateCheck(IPEndPoint inner, IPEndPoint outer)
{
    private readonly HashSet<IPEndPoint> _inside = [];
    private readonly HashSet<IPEndPoint> _asking = [];
    private bool _closed = true;

    /// <summary>How often somebody was accepted while the port had to be closed.</summary>
    public int Breaches { get; private set; }

    public int Accepted { get; private set; }

    /// <summary>Those that were refused while nobody of the inside was there.</summary>
    public int Refused { get; private set; }

    /// <summary>A packet, in the order of time.</summary>
    public void Add(CapturedPacket packet)
    {
        if (packet.Source.Equals(inner))
        {
            if (packet.IsAcceptance)
            {
                _ = _inside.Add(packet.Target);
                _closed = false;
            }
            else
            {
                End(packet, packet.Target);
            }
        }
        else if (packet.Target.Equals(inner))
        {
            End(packet, packet.Source);
        }
        else if (packet.Target.Equals(outer) && packet.IsAttempt)
        {
            _ = _asking.Add(packet.Source);
        }
        else if (packet.Source.Equals(outer) && _asking.Contains(packet.Target))
        {
            Answer(packet);
        }
    }

    private void Answer(CapturedPacket packet)
    {
        if (packet.IsAcceptance)
        {
            Accepted++;
            Breaches += _closed ? 1 : 0;
        }
        else if (packet.Flags.HasFlag(TcpFlags.Rst) && _inside.Count == 0)
        {
            Refused++;
            _closed = true;
        }

        _ = _asking.Remove(packet.Target);
    }

    private void End(CapturedPacket packet, IPEndPoint inside)
    {
        if ((packet.Flags & (TcpFlags.Fin | TcpFlags.Rst)) != TcpFlags.None)
            _ = _inside.Remove(inside);
    }
}
