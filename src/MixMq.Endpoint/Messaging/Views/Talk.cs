namespace MixMq.Endpoint.Messaging.Views;

/// <summary>That someone talks with this node: when an authentic frame last came, and how many view summaries are answered.</summary>
internal sealed class Talk
{
    private AnswerBudget _answers = new(ViewLimits.AnswersAtOnce, ViewLimits.AnswerIntervalMicros);

    /// <summary>When an authentic fragment, tombstone or acknowledgement came, microseconds. View frames don't count: they would keep each other going.</summary>
    public long LastHeard { get; set; } = long.MinValue / 2;

    public bool TryTakeAnswer(long nowMicros) => _answers.TryTake(nowMicros);
}
