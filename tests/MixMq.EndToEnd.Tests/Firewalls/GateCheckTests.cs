using System.Net;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>The check of a float's ports finds what it is there to find.</summary>
public sealed class GateCheckTests
{
    private static readonly IPEndPoint Inner = IPEndPoint.Parse("10.1.1.2:7401");
    private static readonly IPEndPoint Outer = IPEndPoint.Parse("198.18.11.2:7400");
    private static readonly IPEndPoint Node = IPEndPoint.Parse("10.1.0.2:40000");
    private static readonly IPEndPoint Peer = IPEndPoint.Parse("198.18.21.2:50000");
    private readonly GateCheck _gate = new(Inner, Outer);

    [Fact]
    public void Accepting_before_the_inside_came_is_a_breach()
    {
        Try(TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(1, _gate.Breaches);
    }

    [Fact]
    public void Accepting_with_an_inside_is_none_and_refusing_without_is_counted()
    {
        Try(TcpFlags.Rst | TcpFlags.Ack);
        Answer(Inner, Node, TcpFlags.Syn | TcpFlags.Ack);
        Try(TcpFlags.Rst | TcpFlags.Ack);
        Try(TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal((0, 1, 1), (_gate.Breaches, _gate.Accepted, _gate.Refused));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Once_refused_without_an_inside_nobody_may_be_accepted_until_it_comes_again(bool comes)
    {
        Answer(Inner, Node, TcpFlags.Syn | TcpFlags.Ack);
        Try(TcpFlags.Syn | TcpFlags.Ack);
        Answer(Inner, Node, TcpFlags.Fin | TcpFlags.Ack);
        Try(TcpFlags.Rst | TcpFlags.Ack);
        if (comes)
            Answer(Inner, Node, TcpFlags.Syn | TcpFlags.Ack);
        Try(TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(comes ? 0 : 1, _gate.Breaches);
    }

    [Fact]
    public void The_reset_of_a_connection_that_was_accepted_says_nothing_of_the_port()
    {
        Answer(Inner, Node, TcpFlags.Syn | TcpFlags.Ack);
        Try(TcpFlags.Syn | TcpFlags.Ack);
        Answer(Inner, Node, TcpFlags.Rst);
        Answer(Outer, Peer, TcpFlags.Rst | TcpFlags.Ack);
        Assert.Equal(0, _gate.Refused);
    }

    private void Try(TcpFlags answer)
    {
        Answer(Peer, Outer, TcpFlags.Syn);
        Answer(Outer, Peer, answer);
    }

    private void Answer(IPEndPoint source, IPEndPoint target, TcpFlags flags) => _gate.Add(new CapturedPacket(0, source, target, CapturedPacket.Tcp, flags, 0, default));
}
