using MixMq.Contracts.Control.V1;
using MixMq.Endpoint.Paths.Anonymity;

namespace MixMq.Node.Api;

/// <summary>Puts a report on anonymity into the control protocol's message.</summary>
internal static class AnonymityMessage
{
    internal static GraphAnonymity Of(AnonymityReport report, Names names)
    {
        var message = new GraphAnonymity
        {
            PathLinks = (uint)report.PathLinks,
            MostPathLinks = (uint)report.MostPathLinks,
            Relays = (uint)report.Relays,
            RelayLinks = (uint)report.RelayLinks,
            Ends = (uint)report.Ends,
            TotalVariation = report.TotalVariation,
            TotalVariationWorst = report.TotalVariationWorst,
            WantedPathLinks = (uint)report.WantedPathLinks,
            WantedPathLinksWorst = (uint)report.WantedPathLinksWorst,
            RulePathLinks = (uint)report.RulePathLinks,
            PathLinksEnough = report.IsPathLinksEnough,
            Pairs = (uint)report.Pairs,
            AllPairs = (ulong)report.AllPairs,
            EntropyMedianBits = report.EntropyMedianBits,
            EntropyPercentile1Bits = report.EntropyPercentile1Bits,
            ExactPairs = (uint)report.ExactPairs,
            EntropyBiasBits = report.EntropyBiasBits,
            SimpleShare = report.SimpleShare,
            LinkLoad = report.LinkLoad,
            LinkLoadCounted = report.IsLinkLoadCounted,
            ObserversAtLeast = (uint)report.ObserversAtLeast,
            ObserversAtMost = (uint)report.ObserversAtMost,
            PairsWithoutPath = (uint)report.PairsWithoutPath,
            PairsOfNearestLength = (uint)report.PairsOfNearestLength,
            PairsWithOnePath = (uint)report.PairsWithOnePath,
            PairsLostWithOneRelay = (uint)report.PairsLostWithOneRelay,
            GoalTotalVariation = AnonymityGoals.TotalVariation,
            GoalEntropyBits = AnonymityGoals.EntropyBits,
            GoalLinkLoad = AnonymityGoals.LinkLoad,
            GoalObservers = AnonymityGoals.Observers,
        };
        message.CriticalRelays.AddRange(report.CriticalRelays.Select(loss => new Contracts.Control.V1.RelayLoss
        {
            Address = loss.Relay.ToString(),
            Name = names.Of(loss.Relay),
            Pairs = (uint)loss.Pairs,
        }));
        message.Warnings.AddRange(report.Warnings.Select(warning => new Contracts.Control.V1.AnonymityWarning { Kind = warning.Kind, Text = warning.Text }));
        return message;
    }
}
