using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace MixMq.Transport.Configuration;

/// <summary>Outcome of loading a configuration: a valid value, or everything that is wrong, all at once.</summary>
/// <typeparam name="T">The configuration's type.</typeparam>
public sealed class ConfigurationResult<T>
    where T : class
{
    internal ConfigurationResult(T? value, SettingTree settings, ConfigurationKeys keys, ImmutableArray<ConfigurationError> errors)
    {
        Keys = keys;
        Value = errors.IsEmpty ? value : null;
        Errors = errors;
        Settings = settings;
    }

    /// <summary>The configuration; null exactly when there are errors.</summary>
    public T? Value { get; }

    /// <summary>Every error, sorted by key path; empty when the configuration is valid.</summary>
    public ImmutableArray<ConfigurationError> Errors { get; }

    /// <summary>The path of every setting and section that was asked for, whether it is there or not.</summary>
    public ImmutableSortedSet<string> KnownPaths => [.. Keys.Known];

    /// <summary>What it was built from.</summary>
    internal SettingTree Settings { get; }

    /// <summary>What was learnt of the keys.</summary>
    internal ConfigurationKeys Keys { get; }

    /// <summary>Whether the configuration can be used.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsValid => Value is not null;
}
