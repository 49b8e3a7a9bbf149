using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>Limits and times of view comparisons; nothing that both ends must agree on (spec/07 §11).</summary>
internal static class ViewLimits
{
    /// <summary>Summaries of one round: so many frames of items are fetched.</summary>
    public const int MaxPages = 8;

    /// <summary>Sendings of one summary.</summary>
    public const int MaxTries = 3;

    /// <summary>Differences remembered of one round with one correspondent.</summary>
    public const int MaxDifferences = 512;

    /// <summary>A correspondent's summaries that are answered at once; then one in <see cref="AnswerIntervalMicros"/>.</summary>
    public const int AnswersAtOnce = 2 * MaxPages;

    public const long AnswerIntervalMicros = 5 * Moment.MicrosPerSecond;

    /// <summary>The same for all correspondents together.</summary>
    public const int AllAnswersAtOnce = 64;

    public const long AllAnswersIntervalMicros = Moment.MicrosPerSecond / 20;

    /// <summary>Wait for an answer before the summary is sent again; doubles, and varies by a quarter.</summary>
    public const long RetryMicros = 5 * Moment.MicrosPerSecond;

    /// <summary>A result is shown so long after the correspondent was last heard.</summary>
    public const long ForgetMicros = 3600 * Moment.MicrosPerSecond;

    /// <summary>Doublings of the time between rounds with a correspondent who doesn't answer.</summary>
    public const int MaxSilentDoublings = 4;

    /// <summary>A record must be in force for so long beyond both clocks to be compared, milliseconds: the answer was on its way.</summary>
    public const long ExpiryMarginMillis = 10_000;
}
