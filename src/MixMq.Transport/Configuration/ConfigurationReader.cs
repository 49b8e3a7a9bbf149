using System.Collections.Immutable;
using System.Globalization;
using MixMq.Transport.Configuration.Migration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>
/// Reads typed settings out of one section and remembers which keys were asked for, so that what no one asked for can be
/// reported as unknown. An error never stops the reading: it is noted, and a default is returned, so that all errors are
/// found in one pass. Not thread-safe.
/// </summary>
public sealed class ConfigurationReader
{
    private readonly SettingTree _tree;
    private readonly ConfigurationKeys _known;
    private readonly List<ConfigurationError> _errors;
    private readonly string _path;

    internal ConfigurationReader(SettingTree tree, string baseDirectory, List<ConfigurationError> errors, RevocationSet handedLists)
        : this(tree, baseDirectory, errors, new ConfigurationKeys(), "") => HandedLists = handedLists;

    private ConfigurationReader(SettingTree tree, string baseDirectory, List<ConfigurationError> errors, ConfigurationKeys known, string path)
    {
        _tree = tree;
        BaseDirectory = baseDirectory;
        _errors = errors;
        _known = known;
        _path = path;
    }

    /// <summary>Absolute folder that relative paths in the configuration start from: the configuration file's own.</summary>
    public string BaseDirectory { get; }

    /// <summary>The lists that the inside hands over, which a running node goes on with; of the reader of the whole configuration.</summary>
    internal RevocationSet HandedLists { get; } = new();

    /// <summary>What was learnt of the keys so far.</summary>
    internal ConfigurationKeys Keys => _known;

    /// <summary>Number of errors noted so far in the whole configuration.</summary>
    public int ErrorCount => _errors.Count;

    /// <summary>A reader for the section <paramref name="name"/>, whether it is there or not.</summary>
    public ConfigurationReader Section(string name)
    {
        var path = PathOf(name);
        _known.Add(path);
        if (_tree.TryGet(path, out var setting) && setting.Value is not null)
        {
            Report(name, $"must be a section with keys of its own, not a value ({setting.Origin})");
        }

        return new ConfigurationReader(_tree, BaseDirectory, _errors, _known, path);
    }

    /// <summary>Whether the key has a value or anything below it.</summary>
    public bool Has(string name) => (_tree.TryGet(PathOf(name), out var setting) && setting.Value is not null) || _tree.HasBelow(PathOf(name));

    /// <summary>The value's text, or null when the key isn't there.</summary>
    public string? Optional(string name)
    {
        var path = PathOf(name);
        _known.Add(path);
        return _tree.TryGet(path, out var setting) ? setting.Value?.Trim() : null;
    }

    /// <summary>The value's text; a missing or empty one is an error and gives an empty string.</summary>
    /// <param name="name">The key.</param>
    /// <param name="hint">What the operator should set, as the rest of a sentence that starts with "is required: ".</param>
    public string Required(string name, string hint)
    {
        var text = Optional(name);
        if (string.IsNullOrEmpty(text))
        {
            Report(name, $"is required: {hint}");
            return "";
        }

        return text;
    }

    /// <summary>A whole number in [<paramref name="least"/>, <paramref name="most"/>], or the default when the key isn't there.</summary>
    public int Integer(string name, int @default, int least, int most)
    {
        var text = Optional(name);
        if (text is null)
        {
            return @default;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            _known.AddPlain(PathOf(name));
            return value;
        }

        Report(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}"));
        return @default;
    }

    /// <summary>True or false, or the default when the key isn't there.</summary>
    public bool Boolean(string name, bool @default)
    {
        var text = Optional(name);
        if (text is null)
        {
            return @default;
        }

        if (bool.TryParse(text, out var value))
        {
            _known.AddPlain(PathOf(name));
            return value;
        }

        Report(name, "must be true or false");
        return @default;
    }

    /// <summary>An absolute path from a required setting; relative ones start at <see cref="BaseDirectory"/>.</summary>
    public string RequiredPath(string name, string hint)
    {
        var text = Required(name, hint);
        return text.Length == 0 ? "" : Absolute(name, text) ?? "";
    }

    /// <summary>An absolute path from an optional setting, or null.</summary>
    public string? OptionalPath(string name)
    {
        var text = Optional(name);
        return string.IsNullOrEmpty(text) ? null : Absolute(name, text);
    }

    /// <summary>A value of any type; a missing one is an error.</summary>
    public T? RequiredValue<T>(string name, SettingParser<T> parser, string hint)
    {
        ArgumentNullException.ThrowIfNull(parser);
        var text = Required(name, hint);
        return text.Length == 0 ? default : Parse(name, text, parser, hint);
    }

    /// <summary>A value of any type, or the default when the key isn't there.</summary>
    public T? OptionalValue<T>(string name, SettingParser<T> parser, string hint, T? @default = default)
    {
        ArgumentNullException.ThrowIfNull(parser);
        var text = Optional(name);
        return text is null ? @default : Parse(name, text, parser, hint);
    }

    /// <summary>A list of values; empty when the key isn't there. Values that don't parse are reported and left out.</summary>
    public ImmutableArray<T> Values<T>(string name, SettingParser<T> parser, string hint)
    {
        ArgumentNullException.ThrowIfNull(parser);
        var list = Section(name);
        var values = ImmutableArray.CreateBuilder<T>();
        foreach (var index in list.Indices())
        {
            var before = _errors.Count;
            var value = list.RequiredValue(index, parser, hint);
            if (_errors.Count == before)
            {
                values.Add(value!);
            }
        }

        return values.ToImmutable();
    }

    /// <summary>A list of sections, each read by <paramref name="read"/>; items read with errors are left out.</summary>
    public ImmutableArray<T> Items<T>(string name, Func<ConfigurationReader, T?> read)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(read);
        var list = Section(name);
        var items = ImmutableArray.CreateBuilder<T>();
        foreach (var index in list.Indices())
        {
            if (read(list.Section(index)) is { } item)
            {
                items.Add(item);
            }
        }

        return items.ToImmutable();
    }

    /// <summary>Notes an error at the key <paramref name="name"/> of this section; empty: at the section itself.</summary>
    public void Report(string name, string message) => Report(name, message, "");

    internal void Report(string name, string message, string code) =>
        _errors.Add(new ConfigurationError(name.Length == 0 && _path.Length > 0 ? _path : PathOf(name), message) { Code = code });

    /// <summary>All settings of the section as text, by their paths within it.</summary>
    internal ImmutableSortedDictionary<string, string> Leaves()
    {
        var prefix = _path + ":";
        return _tree.Leaves
            .Where(leaf => leaf.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .ToImmutableSortedDictionary(
                leaf => leaf.Key[prefix.Length..].ToLowerInvariant(), leaf => leaf.Value.Value?.Trim() ?? "", StringComparer.Ordinal, StringComparer.Ordinal);
    }

    internal void ReportUnknown(ConfigurationHistory history)
    {
        foreach (var (path, setting) in _tree.Leaves)
        {
            if (history.Replaced(path, setting.Value) is { } replaced)
            {
                _errors.Add(new ConfigurationError(path, $"{replaced} ({setting.Origin}); mixmq config migrate writes a file as the present version has it"));
            }
            else if (!_known.IsKnown(path))
            {
                _errors.Add(new ConfigurationError(path, $"unknown key ({setting.Origin}); check its spelling or remove it"));
            }
        }
    }

    private string? Absolute(string name, string text)
    {
        if (!text.Contains('\0', StringComparison.Ordinal))
        {
            return Path.GetFullPath(text, BaseDirectory);
        }

        Report(name, "can't be a path: there is a zero character in it");
        return null;
    }

    private T? Parse<T>(string name, string text, SettingParser<T> parser, string hint)
    {
        if (parser(text, out var value))
        {
            return value;
        }

        Report(name, $"has a wrong value: {hint}");
        return default;
    }

    private List<string> Indices()
    {
        var prefix = _path + ":";
        var indices = new SortedSet<int>();
        foreach (var (path, _) in _tree.Leaves)
        {
            if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var end = path.IndexOf(':', prefix.Length);
            var name = end < 0 ? path.AsSpan(prefix.Length) : path.AsSpan(prefix.Length, end - prefix.Length);
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                indices.Add(index);
            }
        }

        return [.. indices.Select(index => index.ToString(CultureInfo.InvariantCulture))];
    }

    private string PathOf(string name) => _path.Length == 0 ? name : _path + ":" + name;
}
