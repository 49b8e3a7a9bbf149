using System.Collections;
using System.Collections.Immutable;
using MixMq.Transport.Configuration.Migration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>
/// Loads a configuration from one JSON file, then the environment (<c>MIXMQ__section__key</c>), then the command line
/// (<c>--section:key=value</c>); later ones win, leaf by leaf. Keys that nothing asked for are errors.
/// </summary>
public static class ConfigurationLoader
{
    /// <summary>Reads the settings and hands them to <paramref name="read"/>, which builds the configuration.</summary>
    /// <typeparam name="T">The configuration's type.</typeparam>
    /// <param name="file">Path of the JSON file; relative paths inside start from its folder.</param>
    /// <param name="environment">Environment variables, usually <see cref="Environment.GetEnvironmentVariables()"/>.</param>
    /// <param name="overrides">Key paths and values of the command line.</param>
    /// <param name="read">Builds the value; it notes errors on the reader and may return null when there are any.</param>
    /// <returns>The value, or all errors. Never throws for what an operator can write.</returns>
    public static ConfigurationResult<T> Load<T>(
        string file,
        IDictionary environment,
        IEnumerable<KeyValuePair<string, string>> overrides,
        Func<ConfigurationReader, T?> read)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(overrides);
        ArgumentNullException.ThrowIfNull(read);
        var full = Path.GetFullPath(file);
        var errors = new List<ConfigurationError>();
        var tree = ReadSettings(full, environment, overrides, errors);

        // With a broken file every key would be reported as missing too: noise that hides the one cause.
        return errors.Count > 0 ? new ConfigurationResult<T>(null, tree, new ConfigurationKeys(), [.. errors]) : Load(full, tree, new RevocationSet(), read);
    }

    /// <summary>Reads a configuration that can be read again while the program runs.</summary>
    /// <typeparam name="T">The configuration's type.</typeparam>
    /// <param name="file">Path of the JSON file.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="overrides">Key paths and values of the command line.</param>
    /// <param name="read">Builds the configuration.</param>
    /// <param name="errors">What is wrong; empty when all is well.</param>
    /// <returns>Configuration, and what reads it again; both null when something is wrong.</returns>
    public static (T? Value, LiveConfiguration<T>? Live) LoadLive<T>(
        string file,
        IDictionary environment,
        ImmutableArray<KeyValuePair<string, string>> overrides,
        Func<ConfigurationReader, T?> read,
        out ImmutableArray<ConfigurationError> errors)
        where T : RelayConfiguration
    {
        var result = Load(file, environment, overrides, read);
        errors = result.Errors;
        return result.IsValid ? (result.Value, Live(file, environment, overrides, read, result)) : (null, null);
    }

    /// <summary>What reads a valid configuration again.</summary>
    internal static LiveConfiguration<T> Live<T>(
        string file, IDictionary environment, ImmutableArray<KeyValuePair<string, string>> overrides, Func<ConfigurationReader, T?> read, ConfigurationResult<T> first)
        where T : RelayConfiguration => new(file, environment, overrides, read, first);

    /// <summary>The settings of all three sources; what is wrong with the file is noted.</summary>
    internal static SettingTree ReadSettings(
        string file, IDictionary environment, IEnumerable<KeyValuePair<string, string>> overrides, List<ConfigurationError> errors)
    {
        var tree = new SettingTree();
        tree.AddFile(file, errors);
        tree.AddEnvironment(environment);
        tree.AddOverrides(overrides);
        return tree;
    }

    /// <summary>Builds a configuration from settings.</summary>
    internal static ConfigurationResult<T> Load<T>(
        string file, SettingTree tree, RevocationSet handedLists, Func<ConfigurationReader, T?> read, ConfigurationHistory? history = null)
        where T : class
    {
        history ??= ConfigurationHistory.Own;
        var errors = new List<ConfigurationError>();
        var reader = new ConfigurationReader(tree, Path.GetDirectoryName(file)!, errors, handedLists);
        if (reader.Optional(ConfigurationHistory.Member) is { } version)
        {
            reader.Keys.AddPlain(ConfigurationHistory.Member);
            if (!ConfigurationMigration.TryParseVersion(version, history, out _, out var error))
            {
                // What a newer program knows would be reported as unknown: noise that hides the one cause.
                return new ConfigurationResult<T>(null, tree, reader.Keys, [new ConfigurationError(file, error)]);
            }
        }

        var value = read(reader);
        reader.ReportUnknown(history);
        return new ConfigurationResult<T>(value, tree, reader.Keys, [.. errors.OrderBy(error => error.Path, StringComparer.OrdinalIgnoreCase)]);
    }
}
