namespace MixMq.Overlay.Map;

/// <summary>A successor statement that is held, and what is made of it.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Use">Whether it is used, or why not.</param>
public sealed record ListedSuccession(Succession Statement, SuccessionUse Use);
