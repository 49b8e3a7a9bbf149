namespace MixMq.Transport.Survey;

/// <summary>What the command line asks of a survey.</summary>
/// <param name="Peer">The one peer that matters, <c>--peer</c>; null: everything.</param>
/// <param name="Json">Whether the answer is for scripts, <c>--json</c>.</param>
/// <param name="Bundle">Where a support bundle goes, <c>--bundle</c>; null: none is wanted.</param>
public sealed record SurveyRequest(string? Peer, bool Json, string? Bundle);
