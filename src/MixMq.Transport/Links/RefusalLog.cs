using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MixMq.Overlay.Links;
using MixMq.Transport.Audit;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Links;

/// <summary>
/// Logs refused connections: the first of a kind at once, then at most one line of that kind each half minute, so that who
/// knocks can't fill the disk. Kinds are a closed set of reasons times configured peers. Counts all, and hands all to the audit trail,
/// which has a limit of its own. Thread-safe.
/// </summary>
internal sealed class RefusalLog
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Role, object Reason, string? Peer), (long LoggedAt, long Suppressed)> _kinds = [];
    private readonly long[] _accepted = new long[Enum.GetValues<TlsFailure>().Length];
    private readonly long[] _dialled = new long[Enum.GetValues<TlsFailure>().Length];
    private readonly AuditTrail _audit;
    private readonly ILogger _log;
    private readonly TimeProvider _time;

    internal RefusalLog(AuditTrail audit, ILogger log, TimeProvider time)
    {
        _audit = audit;
        _log = log;
        _time = time;
    }

    /// <summary>How often each failure happened since the start, on accepted and dialled connections.</summary>
    internal IEnumerable<(TlsFailure Failure, long Accepted, long Dialled)> Counts =>
        Enum.GetValues<TlsFailure>().Select(failure => (failure, Volatile.Read(ref _accepted[(int)failure]), Volatile.Read(ref _dialled[(int)failure])));

    internal void Accepted(TlsRefusal refusal)
    {
        Interlocked.Increment(ref _accepted[(int)refusal.Failure]);
        _audit.Link(AuditEventKind.Refused, refusal.Peer, Reason(refusal));
        if (!IsDue("accept", (refusal.Failure, refusal.Verdict), refusal.Peer, out var suppressed))
        {
            return;
        }

        if (refusal.Peer is { } peer)
        {
            Log.PeerTurnedAway(_log, peer, refusal.Describe(), suppressed);
        }
        else
        {
            Log.TurnedAway(_log, refusal.Describe(), suppressed);
        }
    }

    internal void Dialled(string peer, TlsRefusal refusal)
    {
        Interlocked.Increment(ref _dialled[(int)refusal.Failure]);
        _audit.Link(AuditEventKind.DialFailed, peer, Reason(refusal));
        if (IsDue("dial", (refusal.Failure, refusal.Verdict), peer, out var suppressed))
        {
            Log.DialFailed(_log, peer, refusal.Describe(), suppressed);
        }
    }

    /// <summary>The core turned a connection away; the core counts these itself.</summary>
    internal void Linked(LinkRefusal refusal, string? peer)
    {
        _audit.Link(AuditEventKind.Refused, peer, $"reason={AuditLine.Name(refusal.Reason)}");
        if (!IsDue("link", refusal.Reason, peer, out var suppressed))
        {
            return;
        }

        if (peer is not null)
        {
            Log.PeerTurnedAway(_log, peer, refusal.Describe(), suppressed);
        }
        else
        {
            Log.TurnedAway(_log, refusal.Describe(), suppressed);
        }
    }

    private static string Reason(TlsRefusal refusal) => refusal.Failure == TlsFailure.CertificateRefused
        ? $"reason={AuditLine.Name(refusal.Failure)}:{AuditLine.Name(refusal.Verdict)}"
        : $"reason={AuditLine.Name(refusal.Failure)}";

    private bool IsDue(string role, object reason, string? peer, out long suppressed)
    {
        var now = _time.GetTimestamp();
        lock (_lock)
        {
            ref var kind = ref CollectionsMarshal.GetValueRefOrAddDefault(_kinds, (role, reason, peer), out var known);
            if (known && _time.GetElapsedTime(kind.LoggedAt, now) < Quiet)
            {
                kind.Suppressed++;
                suppressed = 0;
                return false;
            }

            suppressed = kind.Suppressed;
            kind = (now, 0);
            return true;
        }
    }
}
