using System.Text.RegularExpressions;

namespace MixMq.Transport.Metrics;

/// <summary>Lets through, of a text of metrics, what this program writes there.</summary>
public static partial class MetricsFilter
{
    /// <summary>The samples alone, without comments, and of them those whose names and labels look as this program's do.</summary>
    public static string Only(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Concat(text.Split('\n').Where(line => Sample().IsMatch(line)).Select(line => line + "\n"));
    }

    [GeneratedRegex("""^mixmq_[a-z_]+(\{[a-z]+="[A-Za-z0-9+.-]{1,40}"\})? -?[0-9.]+(E[+-]?[0-9]+)?$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sample();
}
