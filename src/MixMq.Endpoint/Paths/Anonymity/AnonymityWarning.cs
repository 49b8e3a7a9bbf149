namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>Something that the graph falls short of.</summary>
/// <param name="Kind">A stable, lower-case, hyphenated name.</param>
/// <param name="Text">What it means and what to do, in plain words.</param>
public sealed record AnonymityWarning(string Kind, string Text);
