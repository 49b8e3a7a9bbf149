using System.Globalization;

namespace MixMq.Cli.Output;

/// <summary>Spans of time as users write them.</summary>
internal static class Duration
{
    private const double MaxSeconds = 3650d * 86_400;

    /// <summary>Reads <c>90</c>, <c>1.5</c> (seconds), <c>200ms</c>, <c>30s</c>, <c>5m</c>, <c>12h</c> or <c>7d</c>; above zero, at most ten years.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        var unitAt = text.Length;
        while (unitAt > 0 && char.IsAsciiLetter(text[unitAt - 1]))
            unitAt--;
        double? seconds = text[unitAt..] switch
        {
            "ms" => 0.001,
            "" or "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => null,
        };
        value = default;
        if (seconds is null
            || !double.TryParse(text.AsSpan(0, unitAt), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number * seconds is not (> 0 and <= MaxSeconds))
        {
            return false;
        }

        value = TimeSpan.FromSeconds(number * seconds.Value);
        return value > TimeSpan.Zero;
    }
}
