using System.Globalization;

namespace MixMq.Contracts.Wire;

/// <summary>
/// The header <c>grpc-timeout</c>: one to eight digits and a unit, H, M, S, m (milli), u (micro) or n (nano). How long the caller
/// waits, counted from when it is read.
/// </summary>
internal static class GrpcTimeout
{
    private const int MaxDigits = 8;
    private const long MaxValue = 99_999_999;

    /// <summary>The longest delay that .NET's timers take, about 49 days: a later deadline is none.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>Reads a header's value. Nanoseconds are rounded up to the tick of 100 ns.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1)
            return false;
        var digits = text[..^1];
        if (digits.ContainsAnyExceptInRange('0', '9'))
            return false;
        var value = long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        // At most 99,999,999 hours: 3.6e18 ticks, which a TimeSpan holds.
        long? ticks = text[^1] switch
        {
            'H' => value * TimeSpan.TicksPerHour,
            'M' => value * TimeSpan.TicksPerMinute,
            'S' => value * TimeSpan.TicksPerSecond,
            'm' => value * TimeSpan.TicksPerMillisecond,
            'u' => value * TimeSpan.TicksPerMicrosecond,
            'n' => (value + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick,
            _ => null,
        };
        if (ticks is null)
            return false;
        timeout = new TimeSpan(ticks.Value);
        return true;
    }

    /// <summary>Writes a timeout in the finest unit that eight digits hold, rounded up: the server must not give up first.</summary>
    public static string Format(TimeSpan timeout)
    {
        var ticks = Math.Max(timeout.Ticks, 0);
        ReadOnlySpan<(long Ticks, char Unit)> units =
        [
            (TimeSpan.TicksPerMicrosecond, 'u'),
            (TimeSpan.TicksPerMillisecond, 'm'),
            (TimeSpan.TicksPerSecond, 'S'),
            (TimeSpan.TicksPerMinute, 'M'),
            (TimeSpan.TicksPerHour, 'H'),
        ];
        foreach (var (size, unit) in units)
        {
            var value = (ticks / size) + (ticks % size == 0 ? 0 : 1);
            if (value <= MaxValue)
                return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
        }

        // A TimeSpan holds at most 256,204,778 hours.
        return string.Create(CultureInfo.InvariantCulture, $"{MaxValue}H");
    }
}
