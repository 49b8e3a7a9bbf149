using System.Collections.Immutable;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Files;
using MixMq.Transport.Links;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;

namespace MixMq.Transport;

/// <content>The configured peers, and how they change while the node runs: on the task of the reload loop, one change after the other.</content>
public sealed partial class OverlayHost
{
    /// <summary>The configured peers as they are now.</summary>
    public ImmutableArray<PeerConfiguration> Peers => _peers.Current.All;

    /// <summary>Reads the configuration again now, and takes what can be taken; the same is done when its file changes.</summary>
    /// <returns>What came of it, which is in the log as well.</returns>
    /// <exception cref="InvalidOperationException">There is no configuration to be read again, see <see cref="Live"/>.</exception>
    /// <exception cref="OperationCanceledException">The host is stopping.</exception>
    public async Task<ReloadOutcome> ReloadConfigurationAsync()
    {
        if (_configurationFile is not { } file || Live is not { } live)
        {
            throw new InvalidOperationException("The configuration was not read from a file, or the host has not been started.");
        }

        await _reload.TakeNowAsync(file);
        return live.Last!;
    }

    /// <summary>Puts other peers in place of those that are configured; links of peers that stay as they are aren't touched.</summary>
    internal ImmutableArray<PeerChange> SetPeers(ImmutableArray<PeerConfiguration> peers)
    {
        var changes = _peers.Replace(peers);
        if (changes.IsEmpty)
        {
            return changes;
        }

        foreach (var change in changes)
        {
            _journal.Changed(change);
        }

        var now = _peers.Current.All;
        _handoverTaker.SetPeers(now);
        _certificates.SetPeers(now.Select(peer => peer.Name).ToHashSet(StringComparer.Ordinal), ListsOf(now));

        // After the directory, in which whatever the core starts is looked up; before what is handed over, which the core takes for its peers alone.
        _ = _inbox.Post(new CoreAnswer.PeersChanged(changes));
        _handoverSource.SetPeers(now);
        _reload.Replace(Reloadables());
        LinksChanged();
        return changes;
    }

    private void WatchConfiguration()
    {
        if (Live is { } live)
        {
            _configurationFile = new Reloadable("The configuration", [live.File], () => TakeConfiguration(live));
            _reload.Replace(Reloadables());
        }
    }

    private string? TakeConfiguration(LiveConfiguration live)
    {
        var outcome = live.Take(configuration => SetPeers(configuration.Peers));
        foreach (var what in outcome.Further)
        {
            Files.Log.FurtherTaken(_log, what);
        }

        if (outcome.IsTaken && !outcome.NextStart.IsEmpty)
        {
            Files.Log.NextStart(_log, string.Join(", ", outcome.NextStart));
        }

        return outcome.Problem;
    }

    /// <summary>Whether the public listener may be open, for all that peers have to do with it.</summary>
    private bool IsActivated()
    {
        var activating = _peers.Current.All.Where(peer => peer.Activates).ToList();
        return activating.Count == 0 || activating.Exists(peer => _shell.HasLink(peer.Address));
    }

    /// <summary>The configuration first: it says which others there are.</summary>
    private ImmutableArray<Reloadable> Reloadables()
    {
        var peers = _peers.Current.All;
        return
        [
            .. _configurationFile is null ? (Reloadable[])[] : [_configurationFile],
            .. _ownFiles is null ? (Reloadable[])[] : [_ownFiles],
            .. peers.SelectMany(peer => peer.Trust.Reloadables(peer.Name)),
            .. peers.Select(peer => peer.Trust).OfType<SystemTrust>().Select(trust => trust.Store).Distinct().Select(store => store.Reloadable),
            .. _handoverSource.Reloadables,
            .. _admissionFiles?.Reloadables ?? [],
        ];
    }

    private static IEnumerable<KeyValuePair<string, Revocation>> ListsOf(IEnumerable<PeerConfiguration> peers) =>
        from peer in peers
        let lists = (peer.Trust as ChainTrust)?.Revocation
        where lists is not null
        select KeyValuePair.Create(peer.Name, lists);

    private static OverlayOptions OptionsOf(RelayConfiguration configuration, NodeAddress own) => new()
    {
        Network = configuration.Network,
        Admission = configuration.Admission is { } admission
            ? new AdmissionOptions { Parameters = admission.Parameters, Certificate = admission.Certificate }
            : null,
        Own = own,
        Relays = configuration.Relays,
        Peers = [.. configuration.Peers.Select(PeerChange.OptionsOf)],
        PublicEndpoints = configuration.PublicEndpoints,
        LinkPacketsPerSecond = configuration.Limits.LinkPacketsPerSecond,
        LinkPacketBurst = configuration.Limits.LinkPacketBurst,
        NodePacketsPerSecond = configuration.Limits.NodePacketsPerSecond,
        NodePacketBurst = configuration.Limits.NodePacketBurst,
        DelayQueueLimit = configuration.Limits.DelayQueue,
        LinkLifetimeMillis = configuration.Limits.LinkLifetimeSeconds * 1_000L,
    };

    /// <summary>
    /// Enough for every queue that such a cell can be in to be full, with as many peers as there may ever be, so that none is ever lost for want of a
    /// buffer. Buffers are made as they are needed.
    /// </summary>
    private static int ControlBuffers(RelayConfiguration configuration)
    {
        var connections = (configuration.Limits.UnauthenticatedConnections * (configuration.Listen.Inner.IsEmpty ? 1 : 2))
            + (OverlayOptions.MostPeers * (Overlay.Links.LinkTuning.ConnectionsPerPeer + 1));
        return configuration.Limits.InboundQueue
            + (connections * (1 + Overlay.Links.LinkTuning.ControlQueueLimit + Overlay.Links.LinkTuning.HelloQueueLimit));
    }
}
