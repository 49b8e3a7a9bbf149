using System.Globalization;
using System.Text;

namespace MixMq.Transport.Metrics;

/// <summary>What an observable instrument said at one collection: a value for each of its few labels. Used under its owner's lock.</summary>
internal sealed class ObservedSeries
{
    /// <summary>Labels are words of the program's own, of which there are fewer.</summary>
    private const int MostValues = 256;

    private readonly List<(string Labels, double Value)> _values = [];

    internal void Clear() => _values.Clear();

    internal void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (_values.Count < MostValues)
        {
            _values.Add((Format(labels), value));
        }
    }

    internal void Append(StringBuilder text, string name)
    {
        foreach (var (labels, value) in _values)
        {
            text.Append(name).Append(labels).Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    private static string Format(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (labels.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder("{");
        foreach (var (key, value) in labels)
        {
            text.Append(text.Length > 1 ? "," : "").Append(key).Append("=\"").Append(Escape(value?.ToString() ?? "")).Append('"');
        }

        return text.Append('}').ToString();
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
