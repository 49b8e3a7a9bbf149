using MixMq.Overlay;

namespace MixMq.Endpoint.Pings;

/// <summary>Limits of pings (spec/07 §20); nothing that both ends must agree on.</summary>
public static class PingLimits
{
    /// <summary>Pings of this node that are under way at once; beyond, none is taken.</summary>
    public const int MaxUnderWay = 64;

    /// <summary>The shortest time for which an answer is waited for, milliseconds.</summary>
    public const int LeastTimeoutMs = 1_000;

    /// <summary>The longest, milliseconds: five minutes.</summary>
    public const int MostTimeoutMs = 300_000;

    /// <summary>The time for which one is waited for where nobody says how long, milliseconds.</summary>
    public const int DefaultTimeoutMs = 10_000;

    /// <summary>One sender's pings that are answered at once; then one in <see cref="AnswerIntervalMicros"/>.</summary>
    public const int AnswersAtOnce = 10;

    /// <summary>Time in which a sender earns one more answer, microseconds.</summary>
    public const long AnswerIntervalMicros = Moment.MicrosPerSecond;

    /// <summary>Pings of all senders whose signatures are verified at once; then one in <see cref="AllAnswersIntervalMicros"/>.</summary>
    public const int AllAnswersAtOnce = 64;

    /// <summary>Time in which all together earn one more, microseconds: 16 a second.</summary>
    public const long AllAnswersIntervalMicros = Moment.MicrosPerSecond / 16;

    /// <summary>Signatures of pings being verified.</summary>
    public const int MaxVerifying = 64;

    /// <summary>
    /// Senders of whom it is known how many pings were answered of late. Who has earned all of his answers again is forgotten, so that there are never more than all may be answered in the time in which one earns his:
    /// 64 and 10 seconds of 16.
    /// </summary>
    public const int MaxSenders = 256;
}
