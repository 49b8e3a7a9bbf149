using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Links;

/// <summary>The configured peers, by address and by index.</summary>
internal sealed class PeerTable
{
    private readonly PeerLink[] _peers;
    private readonly Dictionary<NodeAddress, PeerLink> _byAddress;

    public PeerTable(ImmutableArray<PeerOptions> peers)
    {
        _peers = [.. peers.Select((options, index) => new PeerLink(options, index))];
        _byAddress = _peers.ToDictionary(peer => peer.Options.Address);
    }

    public ReadOnlySpan<PeerLink> All => _peers;

    public PeerLink this[int index] => _peers[index];

    public PeerLink? Find(NodeAddress address) => _byAddress.GetValueOrDefault(address);
}
