using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>Says by SURB how messages stand here: one answer for all that comes of a message in a while.</summary>
internal sealed class AnonymousAnswerer(MessagingContext context)
{
    private readonly PriorityQueue<AnonymousEntry, long> _due = new();
    private readonly byte[] _message = new byte[Math.Max(context.Options.Network.Definition.Geometry.ReplyCapacity, AnonymousConstants.MinReplyCapacity)];

    public long NextDeadline => _due.TryPeek(out _, out var due) ? due : Moment.Never;

    /// <summary>There is something to say, if there is a SURB to say it with.</summary>
    public void Schedule(AnonymousEntry entry, Moment now, bool atOnce)
    {
        var due = now.Micros + (atOnce ? 0 : AnonymousLimits.AnswerGatherMs * Moment.MicrosPerMilli);
        if (entry.Surbs.Count > 0 && due < entry.AnswerDue)
        {
            entry.AnswerDue = due;
            _due.Enqueue(entry, due);
        }
    }

    /// <summary>Says something about a message of which nothing is kept.</summary>
    public void Answer<TSink>(ReadOnlySpan<byte> surb, AnonymousState state, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var length = new AnonymousAnswer { State = state }.Write(_message);
        Send(surb, length, ref sink);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_due.TryPeek(out var entry, out var due) && due <= now.Micros)
        {
            _due.Dequeue();
            if (entry.AnswerDue != due)
            {
                continue;
            }

            entry.AnswerDue = long.MaxValue;
            if (entry.State == AnonymousState.Gathering)
            {
                AnswerGathering(entry, ref sink);
            }
            else if (entry.Durable && entry.TakeSurb() is { } surb)
            {
                // This answer may be lost, but who asks again brings another SURB.
                entry.Surbs.Clear();
                Answer(surb, entry.State, ref sink);
            }
        }
    }

    private void AnswerGathering<TSink>(AnonymousEntry entry, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        // A complete one has its last SURB for the answer after the commit.
        if (entry.IsComplete || entry.TakeSurb() is not { } surb)
        {
            return;
        }

        Span<byte> bits = stackalloc byte[MessagingConstants.FragmentSpan / 8];
        bits = bits[..Math.Min(bits.Length, _message.Length - AnonymousAnswer.FixedBytes)];
        bits.Clear();
        for (var i = entry.Leading; i < Math.Min(entry.Count, entry.Leading + (8 * bits.Length)); i++)
        {
            if (entry.Has(i))
            {
                Bitmap.Set(bits, i - entry.Leading);
            }
        }

        var answer = new AnonymousAnswer
        {
            State = AnonymousState.Gathering,
            Gathering = entry.Gathering,
            Leading = (uint)entry.Leading,
            Stored = Bitmap.Trim(bits),
        };
        Send(surb, answer.Write(_message), ref sink);
    }

    private void Send<TSink>(ReadOnlySpan<byte> surb, int length, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        context.Counters.AcknowledgementsSent++;
        sink.UseSurb(surb, _message.AsSpan(0, length));
    }
}
