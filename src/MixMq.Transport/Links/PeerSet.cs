using System.Collections.Frozen;
using System.Collections.Immutable;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Links;

/// <summary>The configured peers at one time. Immutable.</summary>
internal sealed class PeerSet
{
    private readonly FrozenDictionary<NodeAddress, PeerConfiguration> _byAddress;

    internal PeerSet(ImmutableArray<PeerConfiguration> all, long trustVersion)
    {
        All = all;
        TrustVersion = trustVersion;
        _byAddress = all.ToFrozenDictionary(peer => peer.Address);
    }

    /// <summary>In the order of configuration.</summary>
    internal ImmutableArray<PeerConfiguration> All { get; }

    /// <summary>The greatest that any peer has or had: a certificate judged by this set is judged by all settings up to this one.</summary>
    internal long TrustVersion { get; }

    internal PeerConfiguration? Find(NodeAddress address) => _byAddress.GetValueOrDefault(address);
}
