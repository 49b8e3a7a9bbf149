using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Files;

namespace MixMq.Transport.Tls;

/// <summary>
/// The node's own certificate and those that peers showed on their last links, for the operator: what is shown of them, and a line in the
/// log when one comes near its end, once for each step. Bounded by the configured peers. Thread-safe.
/// </summary>
internal sealed class CertificateRegister
{
    private const string Outdated = "a revocation list of its CAs is over its next update; put a newer one where it comes from";
    /// <summary>No peer can be called so.</summary>
    private const string HandedKey = "handed over";

    private readonly ConcurrentDictionary<string, SeenCertificate> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (CertificatePin Pin, DateTimeOffset NotAfter, ExpiryNotice Notice)> _warned = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outdated = new(StringComparer.Ordinal);
    private readonly Lock _warning = new();
    private readonly ServedCertificate _own;
    private readonly Reloadable? _ownFiles;
    private readonly ServedCertificate? _handed;
    private ImmutableDictionary<string, Revocation> _lists;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <param name="own">The node's own.</param>
    /// <param name="ownFiles">Its files; null: it is in none.</param>
    /// <param name="handed">What the inside hands over for peers outside; null: they are shown the own one.</param>
    /// <param name="lists">The revocation lists of peers that have some, by the peers' names.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal CertificateRegister(
        ServedCertificate own, Reloadable? ownFiles, ServedCertificate? handed, IEnumerable<KeyValuePair<string, Revocation>> lists, TimeProvider time, ILogger log)
    {
        _lists = lists.ToImmutableDictionary(StringComparer.Ordinal);
        _own = own;
        _ownFiles = ownFiles;
        _handed = handed;
        _time = time;
        _log = log;
    }

    /// <summary>The own certificate first, then those of peers by name.</summary>
    internal ImmutableArray<CertificateReport> Reports
    {
        get
        {
            var now = _time.GetUtcNow();
            var own = _own.Current!;
            var end = own.UsableUntil;
            return
            [
                new CertificateReport(null, own.Pin, end, CertificateReport.NoticeAt(end, now), _ownFiles?.Problem is { } problem ? $"its files have changed but can't be used: {problem}" : null),
                .. _peers.OrderBy(peer => peer.Key, StringComparer.Ordinal).Select(peer => new CertificateReport(
                    peer.Key, peer.Value.Pin, peer.Value.NotAfter, CertificateReport.NoticeAt(peer.Value.NotAfter, now), IsOutdated(peer.Key, now) ? Outdated : null)),
            ];
        }
    }

    /// <summary>Whether peers outside are shown a certificate that the inside hands over.</summary>
    internal bool ExpectsHanded => _handed is not null;

    /// <summary>What the inside handed over; null: nothing yet, or no longer.</summary>
    internal CertificateReport? Handed
    {
        get
        {
            var now = _time.GetUtcNow();
            return _handed?.Current is { } certificate
                ? new CertificateReport(null, certificate.Pin, certificate.UsableUntil, CertificateReport.NoticeAt(certificate.UsableUntil, now), null)
                : null;
        }
    }

    /// <summary>A link with the peer is up on a connection on which it showed this.</summary>
    internal void Seen(string peer, SeenCertificate certificate)
    {
        if (!_peers.TryGetValue(peer, out var before) || before != certificate)
        {
            _peers[peer] = certificate;
            Warn();
        }
    }

    /// <summary>Other peers are configured: forgets what was seen of those that are gone.</summary>
    /// <param name="names">All peers' names.</param>
    /// <param name="lists">As at the making.</param>
    internal void SetPeers(IReadOnlySet<string> names, IEnumerable<KeyValuePair<string, Revocation>> lists)
    {
        lock (_warning)
        {
            _lists = lists.ToImmutableDictionary(StringComparer.Ordinal);
            _outdated.RemoveWhere(name => !_lists.ContainsKey(name));
            foreach (var gone in _peers.Keys.Where(name => !names.Contains(name)).ToList())
            {
                _peers.TryRemove(gone, out _);
                _warned.Remove(gone);
            }
        }
    }

    /// <summary>Logs what has come nearer to its end since the last time.</summary>
    internal void Warn()
    {
        lock (_warning)
        {
            var now = _time.GetUtcNow();
            foreach (var peer in _lists.Keys)
            {
                if (!IsOutdated(peer, now))
                {
                    _outdated.Remove(peer);
                }
                else if (_outdated.Add(peer))
                {
                    Log.ListOutdated(_log, peer, Outdated);
                }
            }

            var handed = Handed;
            foreach (var report in handed is null ? Reports : [.. Reports, handed])
            {
                var key = ReferenceEquals(report, handed) ? HandedKey : report.Peer ?? "";
                var before = _warned.TryGetValue(key, out var warned) && (warned.Pin, warned.NotAfter) == (report.Pin, report.NotAfter) ? warned.Notice : ExpiryNotice.None;
                if (report.Notice <= before)
                {
                    continue;
                }

                _warned[key] = (report.Pin, report.NotAfter, report.Notice);
                var sentence = (report with { Problem = null }).Warning;
                if (key == HandedKey)
                {
                    Log.HandedNearEnd(_log, sentence);
                }
                else if (report.Peer is { } peer)
                {
                    Log.PeerNearEnd(_log, peer, sentence);
                }
                else
                {
                    Log.OwnNearEnd(_log, sentence);
                }
            }
        }
    }

    private bool IsOutdated(string peer, DateTimeOffset now) => _lists.TryGetValue(peer, out var lists) && lists.IsOutdatedAt(now);
}
