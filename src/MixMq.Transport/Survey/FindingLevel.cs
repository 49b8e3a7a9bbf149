namespace MixMq.Transport.Survey;

/// <summary>How serious a finding is.</summary>
public enum FindingLevel
{
    /// <summary>It is as it should be.</summary>
    Ok,

    /// <summary>Worth knowing; nothing is to be done.</summary>
    Note,

    /// <summary>It works, and will not for ever, or not as well as it could.</summary>
    Warning,

    /// <summary>It doesn't work.</summary>
    Problem,
}
