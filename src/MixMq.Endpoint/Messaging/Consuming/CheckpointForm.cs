using System.Globalization;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>Looks at a checkpoint's form, before anything is done for it.</summary>
internal static class CheckpointForm
{
    /// <summary>The first fault, and for <see cref="CheckpointFault.Duplicate"/> which position.</summary>
    public static (CheckpointFault Fault, ulong Which) Look(CheckpointRequest request)
    {
        var fault = !ConsumerName.IsValid(request.Consumer) ? CheckpointFault.Consumer
            : request.Id is null && !(request.Sends.IsEmpty && request.Replies.IsEmpty && request.State is null) ? CheckpointFault.NoId
            : (request.State?.Length ?? 0) > MessagingConstants.MaxConsumerStateBytes ? CheckpointFault.State
            : request.Consumed.Length > ConsumingLimits.MaxConsumed ? CheckpointFault.Consumed
            : request.Sends.Length + request.Replies.Length > ConsumingLimits.MaxSends ? CheckpointFault.Sends
            : request.ContentBytes > ConsumingLimits.MaxSendBytes ? CheckpointFault.Contents
            : request.Sends.Any(static send => send.Answers is not null) || request.Replies.Any(static reply => reply.Answers is null) ? CheckpointFault.Answers
            : CheckpointFault.None;
        if (fault != CheckpointFault.None)
        {
            return (fault, 0);
        }

        var seen = new HashSet<ulong>(request.Consumed.Length);
        foreach (var position in request.Consumed)
        {
            if (!seen.Add(position))
            {
                return (CheckpointFault.Duplicate, position);
            }
        }

        return (CheckpointFault.None, 0);
    }

    /// <summary>Which field, and what it may be.</summary>
    public static string Describe(CheckpointFault fault, ulong which) => fault switch
    {
        CheckpointFault.Consumer => string.Create(
            CultureInfo.InvariantCulture, $"consumer: a name of 1 to {ConsumerName.MaxBytes} bytes of UTF-8 without control characters."),
        CheckpointFault.NoId => "id: a checkpoint that sends, replies or has a state needs one, 16 random bytes that are the same when it is repeated.",
        CheckpointFault.State => string.Create(CultureInfo.InvariantCulture, $"state: at most {MessagingConstants.MaxConsumerStateBytes} bytes."),
        CheckpointFault.Consumed => string.Create(CultureInfo.InvariantCulture, $"consumed: at most {ConsumingLimits.MaxConsumed} positions."),
        CheckpointFault.Duplicate => string.Create(CultureInfo.InvariantCulture, $"consumed: position {which} stands in it twice; each may once."),
        CheckpointFault.Sends => string.Create(CultureInfo.InvariantCulture, $"sends: at most {ConsumingLimits.MaxSends}, replies with them."),
        CheckpointFault.Contents => string.Create(
            CultureInfo.InvariantCulture, $"sends: the contents, those of replies with them, may have at most {ConsumingLimits.MaxSendBytes} bytes together."),
        _ => "replies: each answers a message, and what is in sends answers none.",
    };
}
