using System.Collections.Immutable;
using static System.FormattableString;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>Plain words for what a report shows: what it means to somebody who is observed, and what to do.</summary>
internal static class AnonymityWarnings
{
    public static ImmutableArray<AnonymityWarning> Of(AnonymityReport report)
    {
        var warnings = ImmutableArray.CreateBuilder<AnonymityWarning>();
        if (report.Ends < 2 || report.Relays == 0)
        {
            Add("no-network", report.Relays == 0 ? "This node knows no relay with a mix key: nothing can be sent." : "This node knows no other node that could take part: there is no path to look at.");
            return warnings.ToImmutable();
        }

        Pairs(report, Add);
        if (report.PairsWithoutPath < report.Pairs)
        {
            Length(report, Add);
            Uncertainty(report, Add);
        }

        return warnings.ToImmutable();

        void Add(string kind, string text) => warnings.Add(new AnonymityWarning(kind, text));
    }

    private static void Pairs(AnonymityReport report, Action<string, string> add)
    {
        if (report.PairsWithoutPath > 0)
        {
            add("no-path", Invariant($"{Share(report.PairsWithoutPath, report)} have no path at all: messages between them can't be delivered. Link their relays with more of the others."));
        }

        if (report.PairsLostWithOneRelay > 0)
        {
            add("one-relay", Invariant($"{Share(report.PairsLostWithOneRelay, report)} can't reach each other once some single relay fails. Give each endpoint links to two relays, and each relay links to several others."));
        }

        if (report.PairsOfNearestLength > 0)
        {
            add("other-length", Invariant($"{Share(report.PairsOfNearestLength, report)} have no path of {report.PathLinks} links and use another length, which tells an observer that a packet may be theirs. Link relays more."));
        }

        if (report.PairsWithOnePath > 0)
        {
            add("one-path", Invariant($"{Share(report.PairsWithOnePath, report)} have a single path: whoever sees one of its links knows that a packet may be theirs, and a relay on it sees all of them. Link relays more."));
        }
    }

    private static void Length(AnonymityReport report, Action<string, string> add)
    {
        var (links, wanted) = (report.PathLinks, report.WantedPathLinks);
        if (!report.IsPathLinksEnough)
        {
            var text = Invariant($"{links} links are too few for this graph: an observer who knows the first relay of a path can tell which relays come last far better than by chance (total variation {report.TotalVariation:0.00}; at most {AnonymityGoals.TotalVariation:0.00} is wanted).");
            if (wanted == 0)
            {
                add("path-links", Invariant($"{text} No length would be enough, because the graph of relays is in parts, has two sides, or is a chain: link relays across it."));
            }
            else if (wanted > report.MostPathLinks)
            {
                add("path-links", Invariant($"{text} {wanted} would be enough, but the packets' slots allow {report.MostPathLinks}: link relays more, so that fewer are enough, or agree on a network with network:hops of {wanted + 1}."));
            }
            else
            {
                add("path-links", Invariant($"{text} {wanted} would be enough: agree on network:pathLinks {wanted} for all nodes."));
            }
        }
        else if (report.TotalVariationWorst > AnonymityGoals.TotalVariation)
        {
            var end = report.WantedPathLinksWorst == 0
                ? Invariant($"no length would change that; link the badly connected relays more.")
                : Invariant($"{report.WantedPathLinksWorst} would be enough for all; or link the badly connected relays more.");
            add("path-links-for-some", Invariant($"{links} links are enough for most first relays, and not for the worst (total variation {report.TotalVariationWorst:0.00}): {end}"));
        }
    }

    private static void Uncertainty(AnonymityReport report, Action<string, string> add)
    {
        if (report.EntropyPercentile1Bits < AnonymityGoals.EntropyBits)
        {
            add("path-entropy", Invariant($"For the pairs with the least choice, the lowest hundredth, a path is as uncertain as a choice among {Math.Pow(2, report.EntropyPercentile1Bits):0} (entropy {report.EntropyPercentile1Bits:0.0} bits; at least {AnonymityGoals.EntropyBits:0} are wanted): who watches that many can tell such a pair's packets from others. More relays, more links between them, or longer paths help."));
        }

        if (report.ObserversAtMost is > 0 and < AnonymityGoals.Observers)
        {
            add("observers", Invariant($"{(report.ObserversAtMost == 1 ? "A single relay sees" : $"{report.ObserversAtMost} relays together see")} half of all paths. At least {AnonymityGoals.Observers} institutions should be needed: add relays of others, and spread the links."));
        }

        if (report.LinkLoad > AnonymityGoals.LinkLoad)
        {
            add("link-load", Invariant($"The most used link between relays carries {report.LinkLoad:0.0} times the mean (at most {AnonymityGoals.LinkLoad:0.0} is wanted): who watches it sees more than a fair share. Add links beside it."));
        }
    }

    private static string Share(int pairs, AnonymityReport report) => Invariant($"{pairs} of {report.Pairs} pairs{(report.Pairs < report.AllPairs ? " looked at" : "")}");
}
