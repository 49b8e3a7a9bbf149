using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Survey;

/// <summary>
/// Whether a certificate that a peer shows is the one that another peer may show: two settings may have been mixed up. Pins are compared for all peers. A chain costs much more, and whoever
/// answers chooses what it is made of, so all searches of a survey together have so many of them and so much time, and what is beyond that isn't looked at.
/// </summary>
internal sealed class NamesakeSearch(ImmutableArray<PeerConfiguration> peers, TimeProvider time)
{
    /// <summary>Chains built in one survey.</summary>
    internal const int MostChains = 64;

    /// <summary>Time that a survey takes for them; the one that is under way is ended.</summary>
    internal static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    // One at a time, so that the time is that of one processor.
    private readonly Lock _lock = new();
    private int _chains;
    private TimeSpan _taken;

    /// <summary>The rest of a sentence; empty: there is none, as far as was looked.</summary>
    internal string Find(PeerConfiguration peer, ImmutableArray<X509Certificate2> shown)
    {
        if (shown.IsEmpty)
        {
            return "";
        }

        var others = peers.Where(other => other != peer).ToList();
        var sent = new X509Certificate2Collection(shown.Skip(1).ToArray());
        var namesake = others.Find(other => other.Trust is PinnedKeyTrust && IsTrusted(other));
        if (namesake is null)
        {
            lock (_lock)
            {
                foreach (var other in others.Where(other => other.Trust is not PinnedKeyTrust))
                {
                    if (_chains >= MostChains || _taken >= MostTime)
                    {
                        return "; whether another peer may show it wasn't looked at for all of them";
                    }

                    var begun = time.GetTimestamp();
                    var isTrusted = IsTrusted(other);
                    _chains++;
                    _taken += time.GetElapsedTime(begun);
                    if (isTrusted)
                    {
                        namesake = other;
                        break;
                    }
                }
            }
        }

        return namesake is null ? "" : $"; it is one that peer {namesake.Name} may show: are the two mixed up?";

        bool IsTrusted(PeerConfiguration other) => other.Trust.Evaluate(shown[0], sent, time.GetUtcNow()) == TrustVerdict.Trusted;
    }
}
