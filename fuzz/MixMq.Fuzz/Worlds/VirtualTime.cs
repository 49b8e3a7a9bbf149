using MixMq.Overlay;

namespace MixMq.Fuzz.Worlds;

/// <summary>The clock of one run: it stands still until it is told to go on.</summary>
internal sealed class VirtualTime
{
    public const long StartUnixMillis = 1_800_000_000_000;

    private long _micros = Moment.MicrosPerSecond;
    private long _wallMillis = StartUnixMillis;

    public Moment Now => new(_micros, _wallMillis + (_micros / Moment.MicrosPerMilli));

    public void Advance(long micros) => _micros += micros;

    /// <summary>The wall clock is set, forwards or back.</summary>
    public void SetWall(long byMillis) => _wallMillis += byMillis;
}
