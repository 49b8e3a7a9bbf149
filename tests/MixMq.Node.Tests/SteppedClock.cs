namespace MixMq.Node.Tests;

/// <summary>A clock that stands until it is set on.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _ticks = TimeSpan.TicksPerDay;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    internal void Step(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
}
