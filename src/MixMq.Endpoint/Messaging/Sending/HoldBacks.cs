using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Conversations whose messages the recipient refuses for now, because its quota is used up. A refusal isn't loss: what it names leaves the window, and waits. One message of the conversation, the
/// first, is sent again after a second, then after twice as long each time; once it is taken in, the others follow at once. Tombstones, and messages that are being gathered, aren't held back.
/// </summary>
internal sealed class HoldBacks(MessagingContext context)
{
    private const long FirstMillis = 1_000;
    private const int MostDoublings = 16;
    private readonly PriorityQueue<OutboundConversation, long> _due = new();

    /// <summary>Conversations held back now.</summary>
    public int Count { get; private set; }

    public long NextDeadline => _due.TryPeek(out _, out var due) ? due : Moment.Never;

    /// <summary>An authentic refusal has come.</summary>
    public void OnRefused(OutboundConversation conversation, in Refusal refusal, Moment now)
    {
        var window = conversation.Correspondent.Window;
        var any = false;
        var end = Math.Min(conversation.NextSequence, conversation.Base + MessagingConstants.SequenceWindow);
        for (var sequence = Math.Max(refusal.First, conversation.Base); sequence < end; sequence++)
        {
            if (!refusal.Names(sequence) || !conversation.TryGet(sequence, out var message))
            {
                continue;
            }

            if (message is { IsBeingGathered: true, Settled: false } && !message[0].Acknowledged)
            {
                // It was in doubt, and the recipient has lost what it had of it.
                window.Forget(message.Restart());
                conversation.Cursor = Math.Min(conversation.Cursor, sequence);
            }

            if (message is { Started: true, Settled: false, Tombstone: false, IsBeingGathered: false })
            {
                window.Forget(message.GiveUpInFlight());
                message.AwaitRetransmit();
                any = true;
            }
        }

        if (!any)
        {
            return;
        }

        // Heard from: the silence of what was refused is no outage.
        window.OnProgress(0, now.Micros);
        if (conversation.HoldBack is not { } held)
        {
            Count++;
            conversation.HoldBack = new();
            Wait(conversation, conversation.HoldBack, now);
        }
        else if (held.Probe != 0 && refusal.Names(held.Probe))
        {
            held.Times++;
            Wait(conversation, held, now);
        }
    }

    /// <summary>The recipient has taken a message in, whole or in part.</summary>
    public void OnTaken(OutboundMessage message)
    {
        // Only of the one that asked: what others say may be older than the refusal.
        if (message.Conversation.HoldBack?.Probe == message.Sequence)
        {
            End(message.Conversation);
        }
    }

    /// <summary>A tombstone stands for the message: if that one was asking, another one has to.</summary>
    public void OnReplaced(OutboundMessage message, Moment now)
    {
        if (message.Conversation.HoldBack is { } held && held.Probe == message.Sequence)
        {
            held.Probe = 0;
            held.NextProbe = now.Micros;
            _due.Enqueue(message.Conversation, held.NextProbe);
        }
    }

    /// <summary>The conversation's messages have other places, or other ones than before are sent: what was refused of it doesn't count.</summary>
    public void OnMoved(OutboundConversation conversation)
    {
        if (conversation.HoldBack is not null)
        {
            End(conversation);
        }
    }

    /// <summary>Takes the next conversation in which a message may ask again, or that has none any more to ask with.</summary>
    public bool TryTakeDue(Moment now, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OutboundConversation? conversation)
    {
        while (_due.TryPeek(out conversation, out var due) && due <= now.Micros)
        {
            _due.Dequeue();
            if (conversation.HoldBack is not { Probe: 0 } held || held.NextProbe > now.Micros)
            {
                continue;
            }

            held.Probe = FirstToAsk(conversation);
            if (held.Probe == 0)
            {
                End(conversation);
            }

            return true;
        }

        conversation = null;
        return false;
    }

    private static ulong FirstToAsk(OutboundConversation conversation)
    {
        var end = Math.Min(conversation.NextSequence, conversation.Base + MessagingConstants.SequenceWindow);
        for (var sequence = conversation.Base; sequence < end; sequence++)
        {
            if (conversation.TryGet(sequence, out var message) && message is { Sendable: true, Tombstone: false, IsBeingGathered: false })
            {
                return sequence;
            }
        }

        return 0;
    }

    private void Wait(OutboundConversation conversation, HoldBack held, Moment now)
    {
        var millis = Math.Min(FirstMillis << Math.Min(held.Times - 1, MostDoublings), context.Options.MaxBackOffMs);
        held.Probe = 0;
        held.NextProbe = now.Micros + (long)(millis * (0.75 + (0.5 * context.Random.NextDouble())) * Moment.MicrosPerMilli);
        _due.Enqueue(conversation, held.NextProbe);
    }

    private void End(OutboundConversation conversation)
    {
        conversation.HoldBack = null;
        Count--;
    }
}
