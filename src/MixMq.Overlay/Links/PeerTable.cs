using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Links;

/// <summary>
/// The configured peers, by address and by index. Peers come and go while packets wait for them, so an index is a place and a count of how often
/// places were given: one that is kept for a peer that is gone never means the peer that has the place now.
/// </summary>
internal sealed class PeerTable
{
    private const int PlaceBits = 10;
    private const int PlaceMask = (1 << PlaceBits) - 1;

    /// <summary>Comes round after two million peers were added, when no packet waits any more that waited before.</summary>
    private const int MostGiven = (1 << (31 - PlaceBits)) - 1;

    private readonly List<PeerLink?> _places = [];
    private readonly Dictionary<NodeAddress, PeerLink> _byAddress = [];
    private PeerLink[] _peers = [];
    private int _given;

    public PeerTable(ImmutableArray<PeerOptions> peers)
    {
        foreach (var options in peers)
        {
            _ = Add(options);
        }
    }

    /// <summary>In the order in which they were added.</summary>
    public ReadOnlySpan<PeerLink> All => _peers;

    /// <summary>The peer of an index; null: it is gone.</summary>
    public PeerLink? this[int index] => _places[index & PlaceMask] is { } peer && peer.Index == index ? peer : null;

    public PeerLink? Find(NodeAddress address) => _byAddress.GetValueOrDefault(address);

    public PeerLink Add(PeerOptions options)
    {
        var place = _places.IndexOf(null);
        if (place < 0)
        {
            place = _places.Count;
            _places.Add(null);
        }

        var peer = new PeerLink(options, (_given++ << PlaceBits) | place);
        _given &= MostGiven;
        _byAddress.Add(options.Address, peer);
        _places[place] = peer;
        _peers = [.. _peers, peer];
        return peer;
    }

    public void Remove(PeerLink peer)
    {
        _ = _byAddress.Remove(peer.Options.Address);
        _places[peer.Index & PlaceMask] = null;
        _peers = [.. _peers.Where(other => other != peer)];
    }
}
