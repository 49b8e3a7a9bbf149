namespace MixMq.Transport.Configuration;

/// <summary>What was learnt of the keys of a configuration while it was read.</summary>
internal sealed class ConfigurationKeys
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _plain = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the program asked for the path; what it didn't is an error.</summary>
    internal bool IsKnown(string path) => _known.Contains(path);

    /// <summary>Whether the value was read as a number, or as true or false.</summary>
    internal bool IsPlain(string path) => _plain.Contains(path);

    internal IEnumerable<string> Known => _known;

    internal void Add(string path) => _known.Add(path);

    internal void AddPlain(string path) => _plain.Add(path);
}
