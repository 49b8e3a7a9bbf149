namespace MixMq.Transport.Survey;

/// <summary>One thing that a survey has looked at. Only <see cref="Check"/>, <see cref="Level"/> and <see cref="Code"/> are free of names and addresses.</summary>
/// <param name="Level">How serious it is.</param>
/// <param name="Check">What was looked at, one of a few fixed words such as <c>certificate</c>.</param>
/// <param name="Subject">Whose, a name that the operator gave, such as a peer's; empty: the node's own.</param>
/// <param name="Code">What was found, a word of the program's own, for scripts and bundles.</param>
/// <param name="Text">The same as a sentence without its full stop.</param>
/// <param name="Advice">What to do; empty: nothing.</param>
public sealed record Finding(FindingLevel Level, string Check, string Subject, string Code, string Text, string Advice = "")
{
    /// <summary>All is well.</summary>
    public static Finding Ok(string check, string subject, string text) => new(FindingLevel.Ok, check, subject, "ok", text);
}
