using System.Collections.Immutable;

namespace MixMq.Transport.Configuration;

/// <summary>What came of reading a running program's configuration again. Immutable.</summary>
public sealed record ReloadOutcome
{
    /// <summary>Why nothing was taken; empty when it was.</summary>
    public ImmutableArray<ConfigurationError> Errors { get; init; } = [];

    /// <summary>Names of peers that are new.</summary>
    public ImmutableArray<string> Added { get; init; } = [];

    /// <summary>Names of peers with other settings, as they are called now.</summary>
    public ImmutableArray<string> Changed { get; init; } = [];

    /// <summary>Names of peers that are gone.</summary>
    public ImmutableArray<string> Removed { get; init; } = [];

    /// <summary>What else was taken, a sentence each.</summary>
    public ImmutableArray<string> Further { get; init; } = [];

    /// <summary>Key paths whose values differ from those in force and take effect at the next start.</summary>
    public ImmutableArray<string> NextStart { get; init; } = [];

    /// <summary>Whether what was read is in force.</summary>
    public bool IsTaken => Errors.IsEmpty;

    /// <summary>Why nothing was taken, in one line; null when it was.</summary>
    public string? Problem => IsTaken ? null : string.Join("; ", Errors);

    internal static ReloadOutcome Refused(IEnumerable<ConfigurationError> errors, ImmutableArray<string> later = default)
    {
        ImmutableArray<ConfigurationError> all = [.. errors];
        return later.IsDefaultOrEmpty
            ? new ReloadOutcome { Errors = all }
            : new ReloadOutcome
            {
                // It would be right after a restart: these peers need settings that can't change before.
                Errors = [.. all, new ConfigurationError("peers", $"can't be taken before a restart, because of what changes with it then: {string.Join(", ", later)}")],
                NextStart = later,
            };
    }
}
