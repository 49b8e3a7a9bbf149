namespace MixMq.Spec.Tests;

/// <summary>Rules that no test can show, each with the reason. A rule that is cited must not stand here.</summary>
internal static class Excused
{
    public static readonly IReadOnlyDictionary<string, string> Rules = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["SPX-13"] = "On how code is written: one path, no branch on secrets. Held by review and by measuring times, not by a test that passes or fails.",
        ["LNK-10"] = "There is one version, so that there is nothing to choose between.",
    };
}
