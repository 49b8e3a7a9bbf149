namespace MixMq.Transport.Configuration;

/// <summary>One leaf of the configuration. <paramref name="Origin"/> is how the operator wrote it, for error messages.</summary>
internal sealed record Setting(string? Value, string Origin);
