using MixMq.Crypto;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Tells recipients, ever more rarely, of conversations in which nothing is under way while the store still keeps what was settled (spec/07 §17): a recipient whose store was put back to before a
/// conversation began can't ask for it. Each has times of its own, drawn anew; none is asked for longer than the store keeps anything.
/// </summary>
internal sealed class Reminders(MessagingContext context, PacketSender packets)
{
    private const int MaxDoublings = 20;
    private const double LastShare = 0.1;
    private static readonly Comparer<OutboundConversation> ByTime = Comparer<OutboundConversation>.Create(static (one, other) =>
        (one.Exchange.RemindMicros, one.Number).CompareTo((other.Exchange.RemindMicros, other.Number)));

    private readonly SortedSet<OutboundConversation> _due = new(ByTime);
    private readonly Dictionary<ContentRequestId, OutboundConversation> _reads = [];
    private long _next = long.MinValue;

    public long NextDeadline => _due.Min is { } first ? Math.Max(first.Exchange.RemindMicros, _next) : Moment.Never;

    private long FirstMicros => context.Options.ReminderMillis * Moment.MicrosPerMilli;

    /// <summary>An outcome is durable; or the node has started, and doesn't know when the last one was.</summary>
    public void OnSettled(OutboundConversation conversation, Moment now)
    {
        var exchange = conversation.Exchange;
        exchange.SettledMicros = now.Micros;
        exchange.Reminders = 0;

        // What comes sooner than a first reminder stays, and is put off when it is due: settling costs nothing.
        if (FirstMicros > 0 && (exchange.RemindMicros == 0 || exchange.RemindMicros > now.Micros + (2 * FirstMicros)))
        {
            Schedule(conversation, now);
        }
    }

    /// <summary>Asks the store whether it still keeps something of those that are due, a few a second.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_due.Min is { } conversation && now.Micros >= NextDeadline)
        {
            var exchange = conversation.Exchange;
            if (now.Micros - exchange.SettledMicros < FirstMicros / 2 || conversation.HasUnsettled || exchange.Moving)
            {
                // What is under way tells as much.
                Schedule(conversation, now);
                continue;
            }

            _next = now.Micros + MessagingContext.ApartMicros;
            _due.Remove(conversation);
            var id = context.NextContentRequestId();
            _reads.Add(id, conversation);
            sink.ReadKept(id, conversation.Correspondent.Address, conversation.Id, MessagingConstants.FirstSequence, conversation.NextSequence, 1);
        }
    }

    /// <summary>Takes the answer to a read.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="any">Whether anything is kept.</param>
    /// <param name="now">Now.</param>
    /// <param name="conversation">Whose recipient is to be told; null: none is.</param>
    /// <returns>False: not a read of this part's.</returns>
    public bool HandleKept(ContentRequestId id, bool any, Moment now, out OutboundConversation? conversation)
    {
        if (!_reads.Remove(id, out conversation))
        {
            return false;
        }

        var exchange = conversation.Exchange;
        exchange.RemindMicros = 0;
        if (any && !packets.TryRoute(conversation.Correspondent.Address, now))
        {
            // It doesn't wait for a path, to leave with others when there is one.
            Schedule(conversation, now);
            conversation = null;
        }
        else if (any)
        {
            exchange.Reminds = true;
            exchange.Reminders++;
            Schedule(conversation, now);
        }
        else
        {
            if (now.Micros - exchange.SettledMicros < FirstMicros / 2)
            {
                // Since the store was asked.
                Schedule(conversation, now);
            }

            conversation = null;
        }

        return true;
    }

    // The last one comes shortly before nothing is kept any more, wherever doubling would have it.
    private void Schedule(OutboundConversation conversation, Moment now)
    {
        var exchange = conversation.Exchange;
        _due.Remove(conversation);
        exchange.RemindMicros = 0;
        var left = exchange.SettledMicros + (context.Options.KeptMillis * Moment.MicrosPerMilli) - now.Micros;
        var wait = FirstMicros * (double)(1L << Math.Min(exchange.Reminders, MaxDoublings)) * (0.5 + context.Random.NextDouble());
        if (wait >= left)
        {
            wait = left * (1 - (LastShare * context.Random.NextDouble()));
        }

        // So late that one of these was the last.
        if (wait >= FirstMicros / 2.0)
        {
            exchange.RemindMicros = now.Micros + (long)wait;
            _due.Add(conversation);
        }
    }
}
