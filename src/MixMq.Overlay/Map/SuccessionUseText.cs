namespace MixMq.Overlay.Map;

/// <summary>What is made of a successor statement, in words.</summary>
public static class SuccessionUseText
{
    /// <summary>Why a statement isn't used, half a sentence that follows "it isn't used:"; empty: it is.</summary>
    /// <param name="use">Any.</param>
    /// <returns>Without a full stop.</returns>
    public static string Describe(this SuccessionUse use) => use switch
    {
        SuccessionUse.InUse => "",
        SuccessionUse.NotYet => "its time hasn't come",
        SuccessionUse.Contradicted => "the authorities have signed another of its number with another successor, and neither is used until the next number",
        SuccessionUse.LeadsBack => "it leads back to an address that was given up",
        SuccessionUse.Merges => "the new address succeeds another one already",
        SuccessionUse.TooMany => $"an endpoint has at most {MapLimits.MaxSuccessors} successors",
        _ => throw new ArgumentOutOfRangeException(nameof(use), use, "Not a use."),
    };
}
