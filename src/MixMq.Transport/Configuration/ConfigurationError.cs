namespace MixMq.Transport.Configuration;

/// <summary>One thing that is wrong with a configuration: where, and what to do about it.</summary>
/// <param name="Path">Key path such as <c>peers:0:trust:pinnedKey</c>; a file name for errors of the file as a whole.</param>
/// <param name="Message">A sentence for the operator. Never contains a secret.</param>
public sealed record ConfigurationError(string Path, string Message)
{
    /// <summary>Of a key in a token: what is wrong with it, one of a few fixed words such as <c>wrong-pin</c>; else empty.</summary>
    public string Code { get; init; } = "";

    /// <summary>The line that is shown to the operator.</summary>
    public override string ToString() => $"{Path}: {Message}";
}
