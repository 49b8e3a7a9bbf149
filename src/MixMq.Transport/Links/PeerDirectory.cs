using System.Collections.Immutable;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Links;

/// <summary>The configured peers as they are now. Who needs more than one look at them takes <see cref="Current"/> once. Thread-safe.</summary>
internal sealed class PeerDirectory(ImmutableArray<PeerConfiguration> peers)
{
    private PeerSet _current = new(peers, trustVersion: 0);

    internal PeerSet Current => Volatile.Read(ref _current);

    /// <summary>
    /// Puts others in their place and says what that changes. A peer whose settings are the same stays the object that it was, with what it has taken
    /// from files since.
    /// </summary>
    internal ImmutableArray<PeerChange> Replace(ImmutableArray<PeerConfiguration> peers)
    {
        var before = Current;
        var version = before.TrustVersion;
        var changes = ImmutableArray.CreateBuilder<PeerChange>();
        var after = ImmutableArray.CreateBuilder<PeerConfiguration>(peers.Length);
        foreach (var gone in before.All.Where(peer => peers.All(other => other.Address != peer.Address)))
        {
            changes.Add(new PeerChange(gone, null));
        }

        foreach (var peer in peers)
        {
            // A new peer gets a version, too: it may have been one before, and been let in by what was then.
            var known = before.Find(peer.Address);
            var now = known is null || !known.HasSameTrust(peer)
                ? peer with { TrustVersion = ++version }
                : peer with { Trust = known.Trust, TrustVersion = known.TrustVersion };
            if (known is not null && known.HasSameSettings(peer))
            {
                after.Add(known);
                continue;
            }

            after.Add(now);
            changes.Add(new PeerChange(known, now));
        }

        Volatile.Write(ref _current, new PeerSet(after.MoveToImmutable(), version));
        return changes.ToImmutable();
    }
}
