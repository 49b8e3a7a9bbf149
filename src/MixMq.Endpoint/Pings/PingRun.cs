using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Pings;

/// <summary>
/// The asker's half of pings (spec/07 §20): sends one packet for each, and takes the answer that belongs to it. All of it is in memory; a ping ends by its answer, by its time, or because nobody waits for it any more.
/// </summary>
internal sealed class PingRun(MessagingContext context, PacketSender packets)
{
    private readonly Dictionary<ExchangeNonce, UnderWay> _underWay = [];
    private readonly Dictionary<RequestId, ExchangeNonce> _signing = [];
    private readonly byte[] _packet = new byte[Frame.HeaderBytes + PingFrame.ByteCount];

    /// <summary>No further ones are taken.</summary>
    public bool Stopping { get; set; }

    /// <summary>So few that looking at all of them is nothing.</summary>
    public long NextDeadline => _underWay.Count == 0 ? Moment.Never : _underWay.Values.Min(static ping => ping.Deadline);

    public void Handle<TSink>(PingRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var refusal = Stopping ? PingResult.Stopping
            : context.Options.IsOwn(request.To) ? PingResult.IsSelf
            : Math.Max(_underWay.Count, _signing.Count) >= PingLimits.MaxUnderWay ? PingResult.TooMany
            : packets.TryRoute(request.To, now) ? PingResult.Answered : PingResult.NoPath;
        if (refusal != PingResult.Answered)
        {
            sink.PingCompleted(request.Token, new(refusal));
            return;
        }

        var frame = new PingFrame
        {
            Sender = context.Options.KnownAs,
            Recipient = context.Successions.First(request.To),
            Nonce = ExchangeNonce.Create(context.Random),
            Secret = ConversationSecret.Create(context.Random),
        };
        var id = context.NextRequestId();
        var wait = Math.Clamp(request.TimeoutMillis, PingLimits.LeastTimeoutMs, PingLimits.MostTimeoutMs) * Moment.MicrosPerMilli;
        _underWay.Add(frame.Nonce, new(request, frame, now.Micros + wait));
        _signing.Add(id, frame.Nonce);
        sink.RequestSign(id, frame.Signed(context.Options.Network.Definition));
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void HandleGone(long token)
    {
        foreach (var (nonce, ping) in _underWay)
        {
            if (ping.Request.Token == token)
            {
                _ = _underWay.Remove(nonce);
                return;
            }
        }
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>False: not one of a ping.</returns>
    public bool HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_signing.Remove(id, out var nonce))
        {
            return false;
        }

        if (!_underWay.TryGetValue(nonce, out var ping))
        {
            return true;
        }

        if (!packets.TryRoute(ping.Request.To, now))
        {
            End(ping, new(PingResult.NoPath), ref sink);
            return true;
        }

        ping.Frame.Write(_packet.AsSpan(Frame.HeaderBytes), signature);
        Frame.WriteHeader(_packet, FrameType.Ping, PingFrame.ByteCount);
        packets.Send(_packet, ref sink);
        ping.SentMicros = now.Micros;
        context.Counters.PingsSent++;
        sink.PingSent(ping.Request.Token, packets.Hops - 1);
        return true;
    }

    /// <summary>Takes the body of an answer: from anyone.</summary>
    public void HandleAnswer<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!PingAnswer.TryRead(body, out var nonce))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (!_underWay.TryGetValue(nonce, out var ping) || ping.SentMicros is not { } sent)
        {
            context.Counters.Drop(InboundDrop.UnaskedPingAnswer);
        }
        else if (!PingAnswer.HasTag(body, ping.Frame.Secret))
        {
            context.Counters.Drop(InboundDrop.ForgedPing);
        }
        else
        {
            context.Counters.PingsAnswered++;
            End(ping, new(PingResult.Answered, now.Micros - sent), ref sink);
        }
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (NextDeadline > now.Micros)
        {
            return;
        }

        foreach (var ping in _underWay.Values.Where(ping => ping.Deadline <= now.Micros).ToArray())
        {
            End(ping, new(PingResult.NoAnswer), ref sink);
        }
    }

    private void End<TSink>(UnderWay ping, in PingOutcome outcome, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _ = _underWay.Remove(ping.Frame.Nonce);
        sink.PingCompleted(ping.Request.Token, outcome);
    }

    private sealed class UnderWay(PingRequest request, PingFrame frame, long deadline)
    {
        public PingRequest Request { get; } = request;

        public PingFrame Frame { get; } = frame;

        public long Deadline { get; } = deadline;

        /// <summary>Null: it isn't signed yet.</summary>
        public long? SentMicros { get; set; }
    }
}
