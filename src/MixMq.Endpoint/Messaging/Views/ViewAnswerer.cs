using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>Answers view summaries of those who talk with this node, within quotas. Keeps nothing of an exchange: each summary says all.</summary>
internal sealed class ViewAnswerer(
    MessagingContext context, PacketSender packets, InboundDirectory senders, OutboundDirectory recipients, OwnView own)
{
    private readonly byte[] _packet = new byte[context.MessageCapacity];
    private readonly ViewItem[] _items = new ViewItem[ViewItems.MaxItems(context.MessageCapacity)];
    private AnswerBudget _budget = new(ViewLimits.AllAnswersAtOnce, ViewLimits.AllAnswersIntervalMicros);

    /// <summary>Takes the body of a summary frame.</summary>
    public void Handle<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!ViewSummary.TryRead(body, out var summary))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (!TryFind(summary.Channel, out var secret, out var talk))
        {
            context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!ViewChannel.HasTag(FrameType.ViewSummary, body, secret))
        {
            context.Counters.Drop(InboundDrop.ForgedView);
        }
        else if (!MayAsk(summary.Channel, talk, now) || !talk.TryTakeAnswer(now.Micros) || !_budget.TryTake(now.Micros))
        {
            context.Counters.Drop(InboundDrop.ViewQuota);
        }
        else if (!own.IsEmpty && packets.TryRoute(summary.Channel.From, now))
        {
            var length = WriteAnswer(summary, secret, now);
            packets.Send(_packet.AsSpan(0, length), ref sink);
            context.Counters.ViewAnswersSent++;
        }
    }

    private int WriteAnswer(in ViewSummary summary, ConversationSecret secret, Moment now)
    {
        Span<byte> digests = stackalloc byte[ViewBuckets.SummaryBytes];
        own.Buckets.Digest(secret, summary.Nonce, digests);
        var differing = 0UL;
        for (var bucket = 0; bucket < ViewBuckets.Count; bucket++)
        {
            var start = bucket * ViewBuckets.DigestBytes;
            var same = digests.Slice(start, ViewBuckets.DigestBytes).SequenceEqual(summary.Digests.Slice(start, ViewBuckets.DigestBytes));
            differing |= same ? 0 : 1UL << bucket;
        }

        var count = Gather(differing, summary, secret, out var more);
        var body = _packet.AsSpan(Frame.HeaderBytes);
        var length = new ViewItems
        {
            Channel = new(context.Options.KnownAs, !summary.Channel.IsSenders, summary.Channel.Conversation),
            Nonce = summary.Nonce,
            UnixMillis = Math.Max(0, now.UnixMillis),
            Records = (uint)own.Buckets.Records,
            Differing = differing,
            After = summary.After,
            More = more,
            Items = _items.AsSpan(0, count),
        }.Write(body, secret);
        Frame.WriteHeader(_packet, FrameType.ViewItems, length);
        return Frame.HeaderBytes + length;
    }

    private int Gather(ulong differing, in ViewSummary summary, ConversationSecret secret, out bool more)
    {
        more = false;
        var count = 0;
        var after = new ViewCursor(summary.After);
        for (var bucket = 0; bucket < ViewBuckets.Count; bucket++)
        {
            if ((differing & (1UL << bucket)) == 0)
            {
                continue;
            }

            foreach (var record in own.Buckets[bucket])
            {
                if (!after.IsBefore(bucket, record.Address))
                {
                    continue;
                }

                if (count == _items.Length)
                {
                    more = true;
                    return count;
                }

                _items[count++] = new(
                    record.Address, record.Sequence, ViewBuckets.Print(record, secret, summary.Nonce), record.IssuedUnixMillis, record.ExpiresUnixMillis);
            }
        }

        return count;
    }

    private bool MayAsk(in ViewChannel channel, Talk talk, Moment now)
    {
        // Twice the asker's time: the two sides needn't have heard each other at the same moment.
        var talking = now.Micros - talk.LastHeard <= 2 * context.Options.ViewTalkMs * Moment.MicrosPerMilli;
        return talking && (!channel.IsSenders || (context.AllowedSenders?.Contains(channel.From) ?? true));
    }

    private bool TryFind(
        in ViewChannel channel,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ConversationSecret? secret,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Talk? talk)
    {
        if (channel.IsSenders)
        {
            var inbound = senders.Find(new Place(channel.From, channel.Conversation, 0));
            (secret, talk) = (inbound?.Secret, inbound?.Sender.Talk);
        }
        else
        {
            var outbound = recipients.Find(channel.From, channel.Conversation);
            (secret, talk) = (outbound?.Secret, outbound?.Correspondent.Talk);
        }

        return secret is not null && talk is not null;
    }
}
