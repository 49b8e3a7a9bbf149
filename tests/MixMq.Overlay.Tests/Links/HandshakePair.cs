using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>A dialling node and an accepting one, with real signatures over virtual time, between which a handshake is made or spoiled.</summary>
public abstract class HandshakePair : IDisposable
{
    private protected static readonly NetworkParameters Parameters = World.SmallParameters();
    private protected readonly World _world = new(Parameters, 1, new RealCrypto());
    private protected readonly LinkJournal _journal;
    private protected SimNode _dialler = null!;
    private protected SimNode _acceptor = null!;

    protected HandshakePair() => _journal = _world.Observe(new LinkJournal());

    public void Dispose()
    {
        _world.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static bool IsControl(ReadOnlySpan<byte> cell, ControlKind kind) => cell[0] == (byte)CellType.Control && cell[3] == (byte)kind;

    private protected void FlipRole(SimNode by) => _world.Network.CellFilter = (from, _, cell) =>
    {
        if (from == by && IsControl(cell, ControlKind.Open))
        {
            cell[3 + 67] ^= 3;
        }

        return true;
    };

    private protected void MakePair(NetworkParameters? acceptorParameters = null)
    {
        _world.Network.CellFilter = null;
        _world.Network.InfoFilter = null;
        foreach (var node in _world.Nodes.Where(node => node.IsRunning))
        {
            node.Crash();
        }

        var number = _world.Nodes.Count;
        _dialler = _world.AddNode($"dialler {number}");
        _acceptor = _world.AddNode($"acceptor {number}", parameters: acceptorParameters);
        World.Peer(_dialler, _acceptor);
    }

    private protected void Run(double seconds)
    {
        _dialler.Start();
        _acceptor.Start();
        _world.RunFor(seconds);
    }

    /// <summary>Turned away for that reason with that sentence, not up, and nothing kept.</summary>
    private protected void AssertRefused(SimNode node, LinkRefusalReason reason, string? sentence)
    {
        Assert.True(node.Snapshot().RefusalsOf(reason) > 0, string.Join(", ", node.Snapshot().Refusals));
        Assert.Equal(0, _journal.Count(node, LinkEventKind.Up));
        if (sentence is not null)
        {
            var refusal = _journal.Of(node).First(e => e.Event.Refusal?.Reason == reason).Event.Refusal!.Value;
            Assert.Contains(sentence, refusal.Describe(), StringComparison.Ordinal);
        }

        // Between two attempts there is a moment at which nothing is there.
        Assert.True(_world.RunUntil(
            () => _dialler.Snapshot().Connections + _acceptor.Snapshot().Connections + _dialler.Pool.Outstanding + _acceptor.Pool.Outstanding == 0,
            70));
        Assert.Equal(0, node.Snapshot().Handshakes);
        Assert.Equal(0, node.Core.PendingHandshakeRequests);
    }
}
