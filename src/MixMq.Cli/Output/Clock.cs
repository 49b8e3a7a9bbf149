using System.Globalization;

namespace MixMq.Cli.Output;

/// <summary>Times as people read them: UTC, to the second.</summary>
internal static class Clock
{
    /// <summary>Unix milliseconds as text; a dash when there is no time, or none that a calendar has.</summary>
    public static string Show(long unixMillis) => unixMillis is > 0 and <= 253_402_300_799_999
        ? DateTimeOffset.FromUnixTimeMilliseconds(unixMillis).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : "–";
}
