using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A token bucket over all fragments, so that no large message floods the first link's queue.</summary>
internal sealed class Pacer(double perSecond, int burst)
{
    private double _tokens = burst;
    private long _refilled = long.MinValue;

    /// <summary>Whether a packet may leave now.</summary>
    public bool Allows(long nowMicros)
    {
        if (_refilled != long.MinValue && nowMicros > _refilled)
        {
            _tokens = Math.Min(burst, _tokens + ((nowMicros - _refilled) * perSecond / Moment.MicrosPerSecond));
        }

        _refilled = Math.Max(_refilled, nowMicros);
        return _tokens >= 1;
    }

    public void Take() => _tokens--;

    /// <summary>When the next packet may leave; not more often than each millisecond, so that the shell isn't woken for each one.</summary>
    public long Next(long nowMicros) => _tokens >= 1
        ? nowMicros
        : nowMicros + Math.Max(Moment.MicrosPerMilli, (long)Math.Ceiling((1 - _tokens) / perSecond * Moment.MicrosPerSecond));
}
