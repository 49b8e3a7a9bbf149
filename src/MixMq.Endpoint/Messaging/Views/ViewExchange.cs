using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>
/// Compares this node's view of the network with those of the endpoints it talks with (spec/07 §11): about once a minute with each, a summary out,
/// items back. A difference that two rounds in a row find is a finding.
/// </summary>
internal sealed class ViewExchange(MessagingContext context, PacketSender packets, OwnView own)
{
    private readonly Dictionary<NodeAddress, ComparedCorrespondent> _compared = [];
    private readonly byte[] _packet = new byte[context.MessageCapacity];
    private readonly ViewItem[] _room = new ViewItem[byte.MaxValue];
    private readonly ViewJudgement _judgement = new();

    /// <summary>When <see cref="Advance"/> has something to do, microseconds.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    /// <summary>What the differences give reason to think.</summary>
    public ViewSuspicion Suspicion => _judgement.Suspicion;

    /// <summary>An authentic fragment, tombstone or acknowledgement has come.</summary>
    /// <param name="channel">The conversation, as this node names it in its summaries.</param>
    /// <param name="peer">Who sent it.</param>
    /// <param name="talk">The peer's.</param>
    /// <param name="secret">The conversation's.</param>
    /// <param name="now">Now.</param>
    public void OnHeard(in ViewChannel channel, NodeAddress peer, Talk talk, ConversationSecret secret, Moment now)
    {
        talk.LastHeard = now.Micros;
        if (context.Options.ViewRoundMs == 0)
        {
            return;
        }

        if (!_compared.TryGetValue(peer, out var correspondent))
        {
            var chosen = IsChosen(channel, peer);
            if (_compared.Count >= context.Options.MaxComparedCorrespondents && !MakeRoom(chosen, now))
            {
                return;
            }

            correspondent = new(peer);
            _compared.Add(peer, correspondent);
        }

        correspondent.Chosen |= IsChosen(channel, peer);
        correspondent.LastHeard = now.Micros;
        correspondent.Key = (channel, secret);
        if (correspondent.Due == Moment.Never)
        {
            Schedule(correspondent, now, 0.25, 0.75);
        }
    }

    /// <summary>Takes the body of an items frame.</summary>
    public void HandleItems(ReadOnlySpan<byte> body, Moment now)
    {
        if (!ViewItems.TryRead(body, _room, out var items))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (Asked(items) is not { Round: { } round } correspondent)
        {
            context.Counters.Drop(InboundDrop.UnaskedView);
        }
        else if (!ViewChannel.HasTag(FrameType.ViewItems, body, round.Secret))
        {
            context.Counters.Drop(InboundDrop.ForgedView);
        }
        else
        {
            Take(correspondent, round, items, now);
        }
    }

    /// <summary>Begins rounds that are due, repeats summaries that weren't answered, forgets who is silent.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (now.Micros < NextDeadline)
        {
            return;
        }

        foreach (var correspondent in _compared.Values)
        {
            if (now.Micros - correspondent.LastHeard >= ViewLimits.ForgetMicros)
            {
                _compared.Remove(correspondent.Address);
                _judgement.Judge(_compared.Values, now);
            }
            else if (correspondent.Due <= now.Micros && MayAskNow(correspondent, now))
            {
                if (packets.TryRoute(correspondent.Address, now))
                {
                    packets.Send(_packet.AsSpan(0, WriteSummary(correspondent, _packet, now)), ref sink);
                }
                else
                {
                    // Counts as sent and lost: the round ends without an answer.
                    Begin(correspondent);
                    OnSent(correspondent, now);
                }
            }
        }

        NextDeadline = Moment.Never;
        foreach (var correspondent in _compared.Values)
        {
            NextDeadline = Math.Min(NextDeadline, Math.Min(correspondent.Due, correspondent.LastHeard + ViewLimits.ForgetMicros));
        }
    }

    /// <summary>
    /// Begins a round that is nearly due in a packet that leaves for the correspondent anyway: then nobody on the way can pick out the packets that
    /// compare views and drop these.
    /// </summary>
    /// <returns>Bytes written.</returns>
    public int AppendDue(NodeAddress to, Span<byte> room, Moment now)
    {
        var early = context.Options.ViewRoundMs * Moment.MicrosPerMilli / 4;
        return room.Length >= Frame.HeaderBytes + ViewSummary.ByteCount
            && !own.IsEmpty
            && _compared.TryGetValue(to, out var correspondent)
            && correspondent.Round is null
            && correspondent.Due != Moment.Never
            && correspondent.Due - early <= now.Micros
            && IsTalking(correspondent, now)
                ? WriteSummary(correspondent, room, now)
                : 0;
    }

    /// <summary>How things stand.</summary>
    public ViewComparison Comparison() => _judgement.Comparison(_compared.Values) with { Rounds = context.Counters.ViewRounds };

    private bool IsChosen(in ViewChannel channel, NodeAddress peer) =>
        channel.IsSenders || (context.AllowedSenders?.Contains(peer) ?? false);

    // Strangers can be many: they make room for those whom this node chose, and nobody else does while it talks.
    private bool MakeRoom(bool chosen, Moment now)
    {
        var leaves = _compared.Values.Where(other => !IsTalking(other, now)).MinBy(other => other.LastHeard)
            ?? (chosen ? _compared.Values.Where(other => !other.Chosen).MinBy(other => other.LastHeard) : null);
        if (leaves is null)
        {
            return false;
        }

        _compared.Remove(leaves.Address);
        _judgement.Judge(_compared.Values, now);
        return true;
    }

    private bool IsTalking(ComparedCorrespondent correspondent, Moment now) =>
        now.Micros - correspondent.LastHeard <= context.Options.ViewTalkMs * Moment.MicrosPerMilli;

    private ComparedCorrespondent? Asked(in ViewItems items)
    {
        return _compared.TryGetValue(items.Channel.From, out var correspondent)
            && correspondent.Round is { } round
            && round.Nonce == items.Nonce
            && round.After == items.After
            && round.Channel.IsSenders != items.Channel.IsSenders
            && round.Channel.Conversation == items.Channel.Conversation
                ? correspondent
                : null;
    }

    private void Take(ComparedCorrespondent correspondent, ViewRound round, in ViewItems items, Moment now)
    {
        var skewMillis = context.Options.Network.SkewSeconds * 1000L;
        if (Math.Abs(now.UnixMillis - items.UnixMillis) > skewMillis)
        {
            correspondent.OnClockDiffers();
        }
        else
        {
            round.Take(items, own.Buckets, skewMillis, now);
            if (items.More && round.Pages < ViewLimits.MaxPages)
            {
                correspondent.Due = now.Micros;
                NextDeadline = now.Micros;
                return;
            }

            correspondent.Complete(round);
            context.Counters.ViewRounds++;
        }

        _judgement.Judge(_compared.Values, now);
        Schedule(correspondent, now, 0.75, 1.25);
    }

    // Whether a summary is to leave now; else it is arranged what happens instead.
    private bool MayAskNow(ComparedCorrespondent correspondent, Moment now)
    {
        if (correspondent.Round is { Tries: >= ViewLimits.MaxTries })
        {
            correspondent.OnSilence();
            Schedule(correspondent, now, 0.75, 1.25);
            return false;
        }

        if (correspondent.Round is not null)
        {
            return true;
        }

        if (!IsTalking(correspondent, now))
        {
            correspondent.Due = Moment.Never;
            return false;
        }

        if (own.IsEmpty)
        {
            Schedule(correspondent, now, 0.25, 0.5);
            return false;
        }

        return true;
    }

    private void Schedule(ComparedCorrespondent correspondent, Moment now, double least, double most)
    {
        var rounds = (least + ((most - least) * context.Random.NextDouble())) * (1 << Math.Min(correspondent.Silent, ViewLimits.MaxSilentDoublings));
        correspondent.Due = now.Micros + (long)(rounds * context.Options.ViewRoundMs * Moment.MicrosPerMilli);
        NextDeadline = Math.Min(NextDeadline, correspondent.Due);
    }

    private ViewRound Begin(ComparedCorrespondent correspondent) =>
        correspondent.Round ??= new(ExchangeNonce.Create(context.Random), correspondent.Key.Channel, correspondent.Key.Secret);

    private void OnSent(ComparedCorrespondent correspondent, Moment now)
    {
        var round = Begin(correspondent);
        var wait = ViewLimits.RetryMicros << round.Tries++;
        correspondent.Due = now.Micros + (long)(wait * (0.75 + (0.5 * context.Random.NextDouble())));
        NextDeadline = Math.Min(NextDeadline, correspondent.Due);
    }

    private int WriteSummary(ComparedCorrespondent correspondent, Span<byte> frame, Moment now)
    {
        var round = Begin(correspondent);
        Span<byte> digests = stackalloc byte[ViewBuckets.SummaryBytes];
        own.Buckets.Digest(round.Secret, round.Nonce, digests);
        new ViewSummary
        {
            Channel = round.Channel,
            Nonce = round.Nonce,
            UnixMillis = Math.Max(0, now.UnixMillis),
            Records = (uint)own.Buckets.Records,
            After = round.After,
            Digests = digests,
        }.Write(frame[Frame.HeaderBytes..], round.Secret);
        Frame.WriteHeader(frame, FrameType.ViewSummary, ViewSummary.ByteCount);
        OnSent(correspondent, now);
        context.Counters.ViewSummariesSent++;
        return Frame.HeaderBytes + ViewSummary.ByteCount;
    }
}
