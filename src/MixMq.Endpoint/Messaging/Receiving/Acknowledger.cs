using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// Tells senders what is durable here: one acknowledgement per conversation for all that became durable in a while, beside a fragment that
/// leaves for the same node where there is one.
/// </summary>
internal sealed class Acknowledger(MessagingContext context, InboundDirectory directory, PacketSender packets, ViewExchange views)
{
    private const long FirstAskMicros = Moment.MicrosPerSecond;
    private const int MaxAskDoublings = 6;
    private const int MaxPatientDoublings = 10;
    private const int ExpectedDoublings = 4;
    private readonly PriorityQueue<InboundConversation, long> _due = new();
    private readonly byte[] _packet = new byte[context.MessageCapacity];

    public long NextDeadline => _due.TryPeek(out _, out var due) ? due : Moment.Never;

    /// <summary>Something became durable, or (at once) the sender repeated something that is.</summary>
    public void Schedule(InboundConversation conversation, Moment now, bool atOnce)
    {
        var wait = atOnce ? 0 : context.Options.AckGatherMs * Moment.MicrosPerMilli;

        // The wait comes on top of the interval too: else it would be over as soon as riding along is allowed.
        var due = Math.Max(now.Micros, conversation.LastAck + IntervalMicros) + wait;
        if (!conversation.AckPending || conversation.Asking)
        {
            conversation.Sender.PendingAcknowledgements.Add(conversation);
        }
        else if (conversation.AckDue <= due)
        {
            return;
        }

        conversation.AckPending = true;
        conversation.Asking = false;
        conversation.AckDue = due;
        _due.Enqueue(conversation, due);
    }

    /// <summary>
    /// The sender is asked for its mark until it comes: at first after a second, then ever more seldom; most seldom where nothing is known to be missing. It rides beside nothing, so that
    /// however many ask, what leaves meanwhile needn't look through them.
    /// </summary>
    public void ScheduleAwaited(InboundConversation conversation, Moment now, long moreMicros = 0)
    {
        if (!conversation.AckPending)
        {
            var exchange = conversation.Exchange;
            var doublings = exchange.Asked++ + (conversation.IsStuck || exchange.Introduces ? 0 : ExpectedDoublings);
            conversation.AckPending = true;
            conversation.Asking = true;
            conversation.AckDue = now.Micros + moreMicros + (FirstAskMicros << Math.Min(doublings, conversation.IsStuck ? MaxAskDoublings : MaxPatientDoublings));
            _due.Enqueue(conversation, conversation.AckDue);
        }
    }

    /// <summary>A message can't be taken in for now: the sender is told with the next acknowledgement.</summary>
    public void Refuse(InboundConversation conversation, ulong sequence, Moment now)
    {
        conversation.Refused.Add(sequence);
        Schedule(conversation, now, atOnce: false);
    }

    /// <summary>Sends what is due in packets of its own.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_due.TryPeek(out var conversation, out var due) && due <= now.Micros)
        {
            _due.Dequeue();
            if (!conversation.AckPending || conversation.AckDue != due)
            {
                continue;
            }

            if (conversation.Asking)
            {
                if (!conversation.HasToAsk)
                {
                    Clear(conversation);
                    continue;
                }

                conversation.Exchange.MarkDue = true;
                conversation.Exchange.Asks = true;
            }

            if (!packets.TryRoute(conversation.Sender.Address, now))
            {
                // The sender repeats what it misses; that brings the acknowledgement back.
                conversation.Refused.Clear();
                conversation.LimitDue = false;
                Clear(conversation);
                if (conversation.HasToAsk)
                {
                    ScheduleAwaited(conversation, now);
                }

                continue;
            }

            // This one first: it is due, while the others only ride along.
            Clear(conversation);
            var length = Write(conversation, _packet, now);
            length += AppendDue(conversation.Sender.Address, _packet.AsSpan(length), now);
            length += views.AppendDue(conversation.Sender.Address, _packet.AsSpan(length), now);
            packets.Send(_packet.AsSpan(0, length), ref sink);
        }
    }

    /// <summary>Adds pending acknowledgements for a node to a packet that leaves for it.</summary>
    /// <returns>Bytes written.</returns>
    public int AppendDue(NodeAddress to, Span<byte> room, Moment now)
    {
        if (directory.FindSender(to) is not { } sender)
        {
            return 0;
        }

        var length = 0;
        for (var i = sender.PendingAcknowledgements.Count - 1; i >= 0; i--)
        {
            var conversation = sender.PendingAcknowledgements[i];
            if (conversation.LastAck + IntervalMicros <= now.Micros && room.Length - length >= BytesNeeded(conversation))
            {
                Clear(conversation);
                length += Write(conversation, room[length..], now);
            }
        }

        return length;
    }

    private long IntervalMicros => context.Options.AckIntervalMs * Moment.MicrosPerMilli;

    private static ulong Cumulative(InboundConversation conversation) => Math.Max(conversation.Durable.Watermark, conversation.Base - 1);

    private static int BytesNeeded(InboundConversation conversation) =>
        Frame.HeaderBytes + Acknowledgement.FixedBytes
        + (NeedsMark(conversation) ? Frame.HeaderBytes + RecipientMark.ByteCount : 0)
        + (conversation.Refused.Count > 0 ? Frame.HeaderBytes + Refusal.FixedBytes + Refusal.MaxBitmapBytes : 0)
        + (conversation.LimitDue ? Frame.HeaderBytes + ContentLimit.ByteCount : 0)
        + (conversation.Durable.Above.Count > 0 ? Acknowledgement.MaxBitmapBytes : 0)
        + (conversation.DurableTombstones.Count > 0 ? Acknowledgement.MaxBitmapBytes : 0)
        + conversation.Partials.Values.Where(partial => partial.AckDirty).Select(BytesNeeded).FirstOrDefault();

    // Else one that never fits beside fragments would wait for ever, put off each time by an acknowledgement without it.
    private static int BytesNeeded(Partial partial) => Acknowledgement.PartialBytes + ((EndOfSpan(partial) - partial.Leading + 7) / 8);

    private static int EndOfSpan(Partial partial) => Math.Min(partial.Count, partial.Leading + MessagingConstants.FragmentSpan);

    private static void Clear(InboundConversation conversation)
    {
        if (!conversation.Asking)
        {
            conversation.Sender.PendingAcknowledgements.Remove(conversation);
        }

        conversation.AckPending = false;
        conversation.Asking = false;
    }

    private static bool NeedsMark(InboundConversation conversation) => conversation.Exchange.MarkDue || !conversation.Exchange.Known;

    // The mark comes first, for the acknowledgement's tag is made with what it says; then what is refused, for partials fill the room that there is.
    private int Write(InboundConversation conversation, Span<byte> room, Moment now)
    {
        var exchange = conversation.Exchange;
        exchange.Begin(exchange.Own == Incarnation.None ? context.Incarnation : exchange.Own);
        var length = NeedsMark(conversation) ? WriteMark(conversation, room) : 0;
        if (conversation.Refused.Count > 0)
        {
            length += Refusal.Write(room[length..], context.Options.KnownAs, conversation.Id, conversation.Secret, conversation.Refused);
            conversation.Refused.Clear();
            context.Counters.RefusalsSent++;
            if (conversation.LimitDue)
            {
                length += ContentLimit.Write(room[length..], context.Options.KnownAs, conversation.Id, conversation.Secret, context.Options.MaxContentBytes);
            }
        }

        // What it was due for may have been given up by its sender meanwhile.
        conversation.LimitDue = false;

        return length + WriteAcknowledgement(conversation, room[length..], now);
    }

    private int WriteMark(InboundConversation conversation, Span<byte> frame)
    {
        var exchange = conversation.Exchange;

        // The greatest may have been a partial under the former secret, and have expired.
        var highest = Math.Max(conversation.Highest, exchange.Foreign);
        new RecipientMark(
            context.Options.KnownAs,
            conversation.Id,
            exchange.Sender,
            exchange.Own,
            highest,
            Cumulative(conversation),
            exchange.Foreign,
            MarkWanted: exchange.Asks || exchange.Awaits).Write(frame[Frame.HeaderBytes..], conversation.Secret);
        Frame.WriteHeader(frame, FrameType.RecipientMark, RecipientMark.ByteCount);
        exchange.MarkDue = false;
        exchange.Asks = false;
        context.Counters.MarksSent++;
        return Frame.HeaderBytes + RecipientMark.ByteCount;
    }

    private int WriteAcknowledgement(InboundConversation conversation, Span<byte> frame, Moment now)
    {
        var body = frame[Frame.HeaderBytes..];
        var writer = new WireWriter(body);
        var cumulative = Cumulative(conversation);
        writer.Address(context.Options.KnownAs);
        writer.Id(conversation.Id);
        writer.Take(MessagingConstants.TagBytes);
        writer.UInt64(conversation.Base);
        writer.UInt64(cumulative);
        WriteBitmap(ref writer, conversation.Durable.Above, cumulative + 1);
        WriteBitmap(ref writer, conversation.DurableTombstones, conversation.Base);
        var all = WritePartials(ref writer, conversation);
        Acknowledgement.SetTag(writer.Written, conversation.Exchange.AckKey);
        Frame.WriteHeader(frame, FrameType.Acknowledgement, writer.Length);

        context.Counters.AcknowledgementsSent++;
        conversation.LastAck = now.Micros;
        if (!all)
        {
            Schedule(conversation, now, atOnce: false);
        }
        else if (conversation.HasToAsk)
        {
            ScheduleAwaited(conversation, now);
        }

        return Frame.HeaderBytes + writer.Length;
    }

    private static void WriteBitmap(scoped ref WireWriter writer, IReadOnlyCollection<ulong> sequences, ulong first)
    {
        Span<byte> bits = stackalloc byte[Acknowledgement.MaxBitmapBytes];
        bits.Clear();
        foreach (var sequence in sequences)
        {
            if (sequence >= first)
            {
                Bitmap.Set(bits, (long)(sequence - first));
            }
        }

        var trimmed = Bitmap.Trim(bits);
        writer.Byte((byte)trimmed.Length);
        writer.Bytes(trimmed);
    }

    // Only partials of which the sender hasn't been told all; returns false where not all of them fit.
    private static bool WritePartials(ref WireWriter writer, InboundConversation conversation)
    {
        var count = writer.Take(1);
        count[0] = 0;
        Span<byte> bits = stackalloc byte[MessagingConstants.FragmentSpan / 8];
        foreach (var (sequence, partial) in conversation.Partials)
        {
            if (!partial.AckDirty)
            {
                continue;
            }

            // At most a span: so the first one fits into any packet of its own.
            bits.Clear();
            for (var i = partial.Leading; i < EndOfSpan(partial); i++)
            {
                if (partial.HasDurable(i))
                {
                    Bitmap.Set(bits, i - partial.Leading);
                }
            }

            var trimmed = Bitmap.Trim(bits);
            if (count[0] == byte.MaxValue || writer.Left < Acknowledgement.PartialBytes + trimmed.Length)
            {
                return false;
            }

            partial.AckDirty = false;
            count[0]++;
            writer.UInt64(sequence);
            writer.UInt32((uint)partial.Leading);
            writer.UInt16((ushort)trimmed.Length);
            writer.Bytes(trimmed);
        }

        return true;
    }
}
