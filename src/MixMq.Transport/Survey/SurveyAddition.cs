using System.Collections.Immutable;

namespace MixMq.Transport.Survey;

/// <summary>What a kind of node adds to the survey of what every node has.</summary>
/// <param name="Findings">Its findings.</param>
/// <param name="Files">What goes into a support bundle: names, and contents that hold nothing but numbers and words of the program's own.</param>
public sealed record SurveyAddition(ImmutableArray<Finding> Findings, ImmutableArray<(string Name, byte[] Content)> Files);
