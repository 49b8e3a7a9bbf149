using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;

namespace MixMq.Overlay.Tests.Links;

/// <summary>What each end says first, and what it never says twice.</summary>
public sealed class HandshakeOrderTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 3, new RealCrypto());
    private readonly SimNode _dialler;
    private readonly SimNode _acceptor;

    public HandshakeOrderTests()
    {
        _dialler = _world.AddNode("dialler");
        _acceptor = _world.AddNode("acceptor");
        World.Peer(_dialler, _acceptor);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    [Trait("Spec", "LNK-23")]
    public void Every_link_open_has_a_nonce_of_its_own()
    {
        var nonces = new List<string>();
        _world.Network.CellFilter = (_, _, cell) =>
        {
            if (cell[0] == (byte)CellType.Control && cell[3] == (byte)ControlKind.Open)
            {
                nonces.Add(Convert.ToHexString(cell.Slice(3 + 68, LinkProtocol.NonceBytes)));
            }

            return true;
        };
        _world.StartAll();
        for (var i = 0; i < 5; i++)
        {
            _world.RunFor(3);
            _world.Network.Break(_dialler, _acceptor);
        }

        Assert.True(nonces.Count >= 10);
        Assert.Equal(nonces.Count, nonces.Distinct().Count());
    }

    [Theory]
    [Trait("Spec", "LNK-11")]
    [InlineData(false)]
    [InlineData(true)]
    public void The_acceptor_says_hello_only_after_the_initiator_has(bool silent)
    {
        var hellos = new List<SimNode>();
        _world.Network.CellFilter = (from, _, cell) =>
        {
            var isHello = cell[0] == (byte)CellType.Hello;
            if (isHello)
            {
                hellos.Add(from);
            }

            return !(silent && isHello && from == _dialler);
        };
        _world.StartAll();
        _world.RunFor(3);
        Assert.Equal(_dialler, hellos[0]);
        Assert.Equal(!silent, hellos.Contains(_acceptor));
    }
}
