using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using MixMq.Transport.Configuration.Migration;

namespace MixMq.Transport.Configuration;

/// <summary>
/// All settings of the file, the environment and the command line as one flat table <c>a:b:0:c → text</c>; later sources
/// replace single leaves of earlier ones. Keys are compared without case, as in every .NET configuration.
/// </summary>
/// <remarks>
/// Made by hand rather than with Microsoft.Extensions.Configuration because that forgets which keys the file had for empty
/// lists, ignores a lone <c>--mistyped</c> option, and can't tell where a value came from.
/// </remarks>
internal sealed class SettingTree
{
    internal const string EnvironmentPrefix = "MIXMQ__";
    private const int MaxFileBytes = 4 << 20;
    private static readonly JsonDocumentOptions Json = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 16,
    };

    private readonly SortedDictionary<string, Setting> _leaves = new(StringComparer.OrdinalIgnoreCase);

    internal IEnumerable<KeyValuePair<string, Setting>> Leaves => _leaves;

    internal bool TryGet(string path, out Setting setting) => _leaves.TryGetValue(path, out setting!);

    internal bool HasBelow(string path)
    {
        var prefix = path + ":";
        return _leaves.Keys.Any(key => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>These settings with some top sections as another tree has them.</summary>
    internal SettingTree With(SettingTree other, IReadOnlyCollection<string> sections)
    {
        var merged = new SettingTree();
        foreach (var (path, setting) in _leaves.Where(leaf => !IsIn(leaf.Key, sections)).Concat(other._leaves.Where(leaf => IsIn(leaf.Key, sections))))
        {
            merged._leaves[path] = setting;
        }

        return merged;
    }

    /// <summary>The paths beyond some top sections at which the two have different values. Which version wrote them is no difference.</summary>
    internal IEnumerable<string> DifferencesTo(SettingTree other, IReadOnlyCollection<string> sections) =>
        _leaves.Keys.Union(other._leaves.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(path => !IsIn(path, sections) && !IsIn(path, [ConfigurationHistory.Member]) && _leaves.GetValueOrDefault(path)?.Value?.Trim() != other._leaves.GetValueOrDefault(path)?.Value?.Trim())
            .Order(StringComparer.OrdinalIgnoreCase);

    private static bool IsIn(string path, IReadOnlyCollection<string> sections) =>
        sections.Contains(path.Split(':', 2)[0], StringComparer.OrdinalIgnoreCase);

    internal void AddFile(string file, List<ConfigurationError> errors)
    {
        try
        {
            var info = new FileInfo(file);
            if (info.Exists && info.Length > MaxFileBytes)
            {
                errors.Add(new ConfigurationError(file, "the configuration file is larger than 4 MiB; is it the right file?"));
                return;
            }

            var bytes = File.ReadAllBytes(file);
            if (!Utf8.IsValid(bytes))
            {
                errors.Add(new ConfigurationError(file, "not UTF-8; save it in that encoding"));
                return;
            }

            using var document = JsonDocument.Parse(bytes, Json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                errors.Add(new ConfigurationError(file, "the configuration must be one JSON object"));
                return;
            }

            Flatten(document.RootElement, "", file, errors);
        }
        catch (JsonException e)
        {
            var line = (e.LineNumber ?? 0) + 1;
            errors.Add(new ConfigurationError(file, string.Create(CultureInfo.InvariantCulture, $"not valid JSON at line {line}; correct it there")));
        }
        catch (InvalidOperationException)
        {
            // Well-formed JSON all the same: only reading the text as UTF-16 finds it.
            errors.Add(new ConfigurationError(file, @"a text has an escape that is half a character (\uD800 to \uDFFF); write both halves, or the character itself"));
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(file))
        {
            errors.Add(new ConfigurationError(file, "this is a folder; name the configuration file in it with --config FILE"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(new ConfigurationError(file, "the configuration file does not exist; name it with --config FILE"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigurationError(file, "the configuration file can't be read; check its permissions"));
        }
    }

    internal void AddEnvironment(IDictionary environment)
    {
        foreach (DictionaryEntry entry in environment)
        {
            if (entry.Key is string name && name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            {
                Set(name[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal), entry.Value as string ?? "", $"environment variable {name}");
            }
        }
    }

    internal void AddOverrides(IEnumerable<KeyValuePair<string, string>> overrides)
    {
        foreach (var (path, value) in overrides)
        {
            Set(path, value, $"command line --{path}");
        }
    }

    private void Set(string path, string value, string origin)
    {
        // An override of a list element or section replaces an "empty container" mark of the file.
        for (var colon = path.LastIndexOf(':'); colon > 0; colon = path.LastIndexOf(':', colon - 1))
        {
            _leaves.Remove(path[..colon]);
        }

        _leaves[path] = new Setting(value, origin);
    }

    private void Flatten(JsonElement element, string path, string file, List<ConfigurationError> errors)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var empty = true;
                foreach (var property in element.EnumerateObject())
                {
                    empty = false;
                    var below = Join(path, property.Name);
                    if (property.Name.Length == 0 || property.Name.Contains(':', StringComparison.Ordinal))
                    {
                        errors.Add(new ConfigurationError(below, "a key can't be empty or contain a colon"));
                    }
                    else if (_leaves.ContainsKey(below) || HasBelow(below))
                    {
                        errors.Add(new ConfigurationError(below, "the key stands twice in the file; remove one"));
                    }
                    else
                    {
                        Flatten(property.Value, below, file, errors);
                    }
                }

                if (empty && path.Length > 0)
                {
                    _leaves[path] = new Setting(null, file);
                }

                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Flatten(item, Join(path, index++.ToString(CultureInfo.InvariantCulture)), file, errors);
                }

                if (index == 0)
                {
                    _leaves[path] = new Setting(null, file);
                }

                break;
            case JsonValueKind.Null:
                _leaves[path] = new Setting(null, file);
                break;
            case JsonValueKind.True:
                _leaves[path] = new Setting("true", file);
                break;
            case JsonValueKind.False:
                _leaves[path] = new Setting("false", file);
                break;
            case JsonValueKind.Number:
                _leaves[path] = new Setting(element.GetRawText(), file);
                break;
            default:
                _leaves[path] = new Setting(element.GetString(), file);
                break;
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : path + ":" + name;
}
