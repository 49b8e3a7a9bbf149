using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>What all comparisons together say. One correspondent alone, who may lie, gives a note; a warning takes two.</summary>
internal sealed class ViewJudgement
{
    private const int ForWarning = 2;
    private long _since;
    private long _findings;

    public ViewSuspicion Suspicion { get; private set; }

    /// <summary>A result is new, or gone.</summary>
    public void Judge(IReadOnlyCollection<ComparedCorrespondent> correspondents, Moment now)
    {
        var differing = correspondents.Where(correspondent => correspondent.Lasting.Count > 0).ToArray();
        var suspicion = differing.Length == 0
            ? ViewSuspicion.None
            : differing.Length >= ForWarning && differing.Any(correspondent => correspondent.Chosen) ? ViewSuspicion.Warning : ViewSuspicion.Note;
        if (suspicion > Suspicion)
        {
            _findings++;
        }

        if (suspicion == ViewSuspicion.None)
        {
            _since = 0;
        }
        else if (Suspicion == ViewSuspicion.None)
        {
            _since = now.UnixMillis;
        }

        Suspicion = suspicion;
    }

    public ViewComparison Comparison(IReadOnlyCollection<ComparedCorrespondent> correspondents)
    {
        var compared = correspondents.Where(correspondent => correspondent.Compared).ToArray();
        var differing = compared.Count(correspondent => correspondent.Lasting.Count > 0);
        return new()
        {
            Suspicion = Suspicion,
            SinceUnixMillis = _since,
            Compared = compared.Length,
            Agreeing = compared.Length - differing,
            Differing = differing,
            Unanswered = correspondents.Count(correspondent => correspondent.Silent > 0),
            ClockDiffers = correspondents.Count(correspondent => correspondent.ClockDiffers),
            Missing = Count(ViewDifferenceKind.Missing),
            Older = Count(ViewDifferenceKind.Older),
            OnlyHere = Count(ViewDifferenceKind.OnlyHere),
            Contradictory = Count(ViewDifferenceKind.Contradictory),
            Agreement = compared.Select(correspondent => correspondent.Agreement).DefaultIfEmpty(1).Average(),
            Findings = _findings,
        };

        int Count(ViewDifferenceKind kind) => compared
            .SelectMany(correspondent => correspondent.Lasting)
            .Where(difference => difference.Value == kind)
            .Select(difference => difference.Key)
            .ToHashSet().Count;
    }
}
