using System.Globalization;
using MixMq.Endpoint.Loops;
using MixMq.Transport.Configuration;

namespace MixMq.Node.Configuration;

/// <summary>The packets that the node sends to itself, <c>traffic</c>.</summary>
internal sealed record LoopSettings
{
    /// <summary>How many a minute in the mean, <c>traffic:loopsPerMinute</c>; 0: none.</summary>
    public int PerMinute { get; private init; } = LoopLimits.DefaultPerMinute;

    /// <summary>Of these, the share that goes as replies by SURB, <c>traffic:surbShare</c>.</summary>
    public double SurbShare { get; private init; } = LoopLimits.DefaultSurbPercent / 100.0;

    internal static LoopSettings Read(ConfigurationReader traffic)
    {
        var defaults = new LoopSettings();
        return new LoopSettings
        {
            PerMinute = traffic.Integer("loopsPerMinute", defaults.PerMinute, 0, LoopLimits.MaxPerMinute),
            SurbShare = traffic.OptionalValue<double>("surbShare", TryReadShare, "it is the share of loops that go as replies, a number from 0 (none) to 1 (all), such as 0.5", defaults.SurbShare),
        };
    }

    private static bool TryReadShare(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is >= 0 and <= 1;
}
