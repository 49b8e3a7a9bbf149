using System.Collections;

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
        var tree = new SettingTree();
        tree.AddFile(full, errors);
        if (errors.Count > 0)
        {
            // With a broken file every key would be reported as missing too: noise that hides the one cause.
            return new ConfigurationResult<T>(null, [.. errors]);
        }

        tree.AddEnvironment(environment);
        tree.AddOverrides(overrides);
        var reader = new ConfigurationReader(tree, Path.GetDirectoryName(full)!, errors);
        var value = read(reader);
        reader.ReportUnknown();
        return new ConfigurationResult<T>(value, [.. errors.OrderBy(error => error.Path, StringComparer.OrdinalIgnoreCase)]);
    }
}
