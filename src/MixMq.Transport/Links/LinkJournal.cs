using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Transport.Audit;

namespace MixMq.Transport.Links;

/// <summary>What happens to links, told to the log and to the audit trail. Both know peers by their configured names alone. Thread-safe.</summary>
internal sealed class LinkJournal
{
    private readonly PeerDirectory _peers;
    private readonly RefusalLog _refusals;
    private readonly AuditTrail _audit;
    private readonly ILogger _log;

    internal LinkJournal(PeerDirectory peers, RefusalLog refusals, AuditTrail audit, ILogger log)
    {
        _peers = peers;
        _refusals = refusals;
        _audit = audit;
        _log = log;
    }

    /// <summary>TLS is up. A certificate that several peers' trust settings allow leaves open who it is, so no name is written.</summary>
    internal void Connected(ConnectionInfo info)
    {
        var peer = info.DialledPeer ?? (info.TrustedFor.Count == 1 ? info.TrustedFor.First() : default(NodeAddress?));
        _audit.Link(
            AuditEventKind.Connected,
            peer is { } address ? _peers.Current.Find(address)?.Name : null,
            info.DialledPeer is null ? "direction=in" : "direction=out");
    }

    /// <summary>
    /// The operator changed which links there may be. That is in the trail because everything else there goes by the peers' names: without it nobody
    /// could say later who was meant by one.
    /// </summary>
    internal void Changed(PeerChange change)
    {
        if (change.Before is null)
        {
            Log.PeerAdded(_log, change.Name);
            _audit.Link(AuditEventKind.PeerAdded, change.Name);
        }
        else if (change.After is null)
        {
            Log.PeerRemoved(_log, change.Name);
            _audit.Link(AuditEventKind.PeerRemoved, change.Name);
        }
        else
        {
            Log.PeerChanged(_log, change.Name);
            _audit.Link(AuditEventKind.PeerChanged, change.Name, change.Before.Name == change.Name ? "" : $"before={change.Before.Name}");
        }
    }

    internal void Write(in LinkEvent linkEvent)
    {
        var peer = linkEvent.Peer;
        switch (linkEvent.Kind)
        {
            case LinkEventKind.Up:
                Log.LinkUp(_log, peer);
                _audit.Link(AuditEventKind.Up, peer);
                break;
            case LinkEventKind.Suspect:
                Log.LinkSuspect(_log, peer);
                _audit.Link(AuditEventKind.Suspect, peer);
                break;
            case LinkEventKind.Recovered:
                Log.LinkRecovered(_log, peer);
                _audit.Link(AuditEventKind.Recovered, peer);
                break;
            case LinkEventKind.Down:
                Log.LinkDown(_log, peer, linkEvent.Reason);
                _audit.Link(AuditEventKind.Down, peer, linkEvent.Reason is { } reason ? $"reason={AuditLine.Name(reason)}" : "");
                break;
            case LinkEventKind.Replaced:
                Log.LinkReplaced(_log, peer);
                _audit.Link(AuditEventKind.Replaced, peer);
                break;
            case LinkEventKind.TurnedAway when linkEvent.Refusal is { } refusal:
                _refusals.Linked(refusal, peer);
                break;
            default:
                break;
        }
    }
}
