using System.Collections.Immutable;
using System.Globalization;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>The answer to a <see cref="CheckpointRequest"/>: made and durable, or refused and without any effect.</summary>
/// <param name="Refusal"><see cref="CheckpointRefusal.None"/>: it was made.</param>
public sealed record CheckpointOutcome(CheckpointRefusal Refusal)
{
    /// <summary>It had been made before. What it sent then is told by its id and the store.</summary>
    public bool Repeat { get; init; }

    /// <summary>What became of its sends, in their order; empty for a repeat.</summary>
    public ImmutableArray<SubmitOutcome> Sent { get; init; } = [];

    /// <summary>What became of its replies, in their order; empty for a repeat.</summary>
    public ImmutableArray<SubmitOutcome> Replied { get; init; } = [];

    /// <summary>Why a send or a reply was refused, with <see cref="CheckpointRefusal.Send"/> or <see cref="CheckpointRefusal.Reply"/>.</summary>
    public SubmitRefusal Send { get; init; }

    /// <summary>What isn't in its range, with <see cref="CheckpointRefusal.Malformed"/>.</summary>
    public CheckpointFault Fault { get; init; }

    /// <summary>Which send or reply was refused, from 0, or which position isn't with the consumer, or stands twice.</summary>
    public ulong Which { get; init; }

    /// <summary>A sentence that tells the user what to do.</summary>
    public string Describe() => Refusal switch
    {
        CheckpointRefusal.None => "The checkpoint is made.",
        CheckpointRefusal.SessionEnded => "The consumer's stream has ended, or another was opened for it: open one, and get the state and what isn't consumed.",
        CheckpointRefusal.NotWithConsumer => string.Create(
            CultureInfo.InvariantCulture, $"Position {Which} isn't with this consumer: it was consumed, taken back, or is with another."),
        CheckpointRefusal.IdForgotten => "The checkpoint's id was used long ago; draw another.",
        CheckpointRefusal.Send => string.Create(CultureInfo.InvariantCulture, $"Send {Which}: {SubmitOutcome.Refused(Send).Describe()}"),
        CheckpointRefusal.Reply => string.Create(CultureInfo.InvariantCulture, $"Reply {Which}: {SubmitOutcome.Refused(Send).Describe()}{Advice}"),
        CheckpointRefusal.Busy => "The node is busy storing earlier checkpoints; try again.",
        CheckpointRefusal.StoreFull => SubmitOutcome.Refused(SubmitRefusal.StoreFull).Describe(),
        CheckpointRefusal.Stopping => SubmitOutcome.Refused(SubmitRefusal.Stopping).Describe(),
        _ => CheckpointForm.Describe(Fault, Which),
    };

    // These stay so, whatever is waited for.
    private string Advice => Send is SubmitRefusal.NotAnswerable or SubmitRefusal.AlreadyAnswered ? " Nothing of the checkpoint was done; make it without this reply." : "";
}
