using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>Applies what recipients say of this node's messages: what has arrived, what is settled and by what, and what they refuse for now.</summary>
internal sealed class OutboxAnswers(
    MessagingContext context, OutboundDirectory directory, ContentCache contents, ViewExchange views, Transmitter transmitter, HoldBacks holdBacks, Reconciliation reconciliation)
{
    /// <summary>Takes the body of an acknowledgement frame.</summary>
    public void HandleAcknowledgement<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!Acknowledgement.TryRead(body, out var acknowledgement))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (directory.Find(acknowledgement.Acknowledger, acknowledgement.Conversation) is not { } conversation)
        {
            context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!Acknowledgement.HasTag(body, conversation.Exchange.AckKey))
        {
            context.Counters.Drop(InboundDrop.ForgedAcknowledgement);
        }
        else
        {
            context.Counters.AcknowledgementsReceived++;
            var correspondent = conversation.Correspondent;
            views.OnHeard(new(context.Options.KnownAs, IsSenders: true, conversation.Id), correspondent.Address, correspondent.Talk, conversation.Secret, now);
            conversation.Exchange.Heard(acknowledgement.Cumulative);

            // Before it is agreed which places are whose, it may tell of what this node sent before its store was put back. It comes again with what is sent then.
            if (conversation.Exchange.Agreed)
            {
                Apply(acknowledgement, conversation, now, ref sink);
            }
        }
    }

    /// <summary>Takes the body of a refusal frame.</summary>
    public void HandleRefusal(ReadOnlySpan<byte> body, Moment now)
    {
        if (!Refusal.TryRead(body, out var refusal))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (directory.Find(refusal.Refuser, refusal.Conversation) is not { } conversation)
        {
            context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!Refusal.HasTag(body, conversation.Secret))
        {
            context.Counters.Drop(InboundDrop.ForgedRefusal);
        }
        else
        {
            context.Counters.RefusalsReceived++;
            holdBacks.OnRefused(conversation, refusal, now);
            transmitter.MarkReady(conversation);
        }
    }

    private void Apply<TSink>(scoped Acknowledgement acknowledgement, OutboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var news = false;
        var arrived = 0;
        var end = Math.Min(conversation.NextSequence, conversation.Base + MessagingConstants.SequenceWindow);
        for (var sequence = conversation.Base; sequence < end; sequence++)
        {
            var settled = sequence <= acknowledgement.Cumulative
                || Bitmap.Get(acknowledgement.Settled, (long)(sequence - acknowledgement.Cumulative - 1));
            if (settled && conversation.TryGet(sequence, out var message) && message.Committed && !message.Settled)
            {
                arrived += Settle(message, acknowledgement, now, ref sink);
                news = true;
            }
        }

        var partials = new WireReader(acknowledgement.Partials);
        for (var i = 0; i < acknowledgement.PartialCount; i++)
        {
            var sequence = partials.UInt64();
            var leading = partials.UInt32();
            var stored = partials.Take(partials.UInt16());
            if (sequence < end && conversation.TryGet(sequence, out var message) && message.Sendable && !message.Tombstone)
            {
                arrived += ApplyPartial(message, leading, stored, now, ref news);
            }
        }

        if (news)
        {
            directory.OnProgress(conversation, now.Micros);
            conversation.Correspondent.Window.OnProgress(arrived, now.Micros);
            transmitter.MarkReady(conversation);
        }
    }

    // Returns how many fragments in flight this tells of.
    private int Settle<TSink>(OutboundMessage message, scoped Acknowledgement acknowledgement, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var arrived = 0;
        for (var i = 0; message.Started && i < message.FragmentCount; i++)
        {
            arrived += Arrive(message, i, now);
        }

        // Below the acknowledgement's base the recipient no longer tells tombstones apart; an honest one never is there.
        var tombstone = message.Sequence >= acknowledgement.Base ? acknowledgement.IsTombstone(message.Sequence) : message.Tombstone;
        if (tombstone)
        {
            holdBacks.OnReplaced(message, now);
        }
        else
        {
            holdBacks.OnTaken(message);
        }

        if (message.Recalled)
        {
            reconciliation.Finish(message, ref sink);
            transmitter.OnContentRoom();
            return arrived;
        }

        var status = tombstone ? OutboxStatus.Expired : OutboxStatus.Acknowledged;
        context.Store.Add(new StoreOperation.SettleOutbox(message.Id, status, now.UnixMillis) { CreatedUnixMillis = message.CreatedUnixMillis });
        context.Store.Then(CommitEffectKind.OutboxSettled, message, (long)status);
        message.Settled = true;
        message.Conversation.OutcomesNotStored++;
        contents.Release(message);
        transmitter.OnContentRoom();
        message.Forget();
        return arrived;
    }

    private int ApplyPartial(OutboundMessage message, uint leading, ReadOnlySpan<byte> stored, Moment now, ref bool news)
    {
        message.Begin(context.PieceBytes);
        var arrived = 0;
        var told = false;
        if (message.IsLostAt(leading))
        {
            transmitter.Restart(message);
        }

        // Below what is known there is no news; above the last bit neither.
        var end = (int)Math.Min(message.FragmentCount, (long)leading + (8 * stored.Length));
        for (var i = message.Leading; i < end; i++)
        {
            if (i < leading || Bitmap.Get(stored, i - leading))
            {
                arrived += Arrive(message, i, now);
                told |= message.OnAcknowledged(i);
            }
        }

        news |= told;
        if (told)
        {
            holdBacks.OnTaken(message);
        }

        if (told && message.AllAcknowledged)
        {
            transmitter.WatchForStall(message, now);
        }
        else if (told && message.Lost.Count > 0)
        {
            transmitter.MarkLost(message);
        }

        return arrived;
    }

    // A fragment sent once is a measurement, also if its timer was too early; one sent again might be either (Karn).
    private static int Arrive(OutboundMessage message, int index, Moment now)
    {
        ref var fragment = ref message[index];
        if (fragment is { Attempts: 1, Acknowledged: false })
        {
            message.Conversation.Correspondent.RoundTrip.Sample((now.Micros - fragment.SentMicros) / (double)Moment.MicrosPerMilli);
        }

        if (!fragment.InFlight)
        {
            return 0;
        }

        fragment.InFlight = false;
        return 1;
    }
}
