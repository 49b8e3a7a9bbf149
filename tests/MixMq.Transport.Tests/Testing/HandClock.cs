namespace MixMq.Transport.Tests.Testing;

/// <summary>A clock that a test moves. Timers made from it are the system's, and are for what never happens in the test.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _ticks = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    internal void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
