using System.Collections.Immutable;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <content>
/// Anonymous messages that are sends of checkpoints. Their ids here follow from the checkpoint, so that a repeat is known; their secrets are random like all others, and the ids that recipients know them by follow from these, so that nothing of
/// a checkpoint can be recognized in them.
/// </content>
internal sealed partial class AnonymousOutbox
{
    private AnonymousAmount _reserved;

    /// <summary>Whether the anonymous ones of these can be accepted, all of them together.</summary>
    /// <param name="requests">In order.</param>
    /// <returns>Which is refused, and why; <see cref="SubmitRefusal.None"/>: none is.</returns>
    public (int Which, SubmitRefusal Refusal) CheckAll(ImmutableArray<SubmitRequest> requests)
    {
        var before = default(AnonymousAmount);
        for (var i = 0; i < requests.Length; i++)
        {
            if (requests[i].Anonymous)
            {
                if (Check(requests[i], before) is not SubmitRefusal.None and var refusal)
                {
                    return (i, refusal);
                }

                before = before.With(requests[i]);
            }
        }

        return (0, SubmitRefusal.None);
    }

    /// <summary>Keeps room for the anonymous sends of a checkpoint that <see cref="CheckAll"/> doesn't refuse, until <see cref="Append"/>.</summary>
    public void Reserve(PendingCheckpoint checkpoint)
    {
        foreach (var request in checkpoint.Request.Sends.Where(static send => send.Anonymous))
        {
            _reserved = _reserved.With(request);
        }
    }

    /// <summary>Puts the checkpoint's anonymous sends into the batch in which it is stored.</summary>
    public void Append(PendingCheckpoint checkpoint, Moment now)
    {
        var sends = checkpoint.Request.Sends;
        for (var i = 0; i < sends.Length; i++)
        {
            if (sends[i].Anonymous)
            {
                _reserved = _reserved.Without(sends[i]);
                var message = Store(sends[i], checkpoint.Request.Id!.Value.MessageAt(_context.Options.KnownAs, i), now);
                checkpoint.Anonymous.Add(message);
                _context.Store.Then(CommitEffectKind.AnonymousAppendedByCheckpoint, message);
            }
        }
    }
}
