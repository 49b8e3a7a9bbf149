using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Pings;

/// <summary>
/// The other half of pings (spec/07 §20): answers those who may write, within rates, once for each packet. To all others it is as silent as a node that isn't there. Nothing is stored, and of an answered ping nothing is known but when its
/// sender may be answered again.
/// </summary>
internal sealed class PingAnswerer(MessagingContext context, PacketSender packets)
{
    private readonly Dictionary<RequestId, PingFrame> _verifying = [];
    private readonly Dictionary<NodeAddress, AnswerBudget> _senders = [];
    private readonly byte[] _packet = new byte[Frame.HeaderBytes + PingAnswer.ByteCount];
    private AnswerBudget _all = new(PingLimits.AllAnswersAtOnce, PingLimits.AllAnswersIntervalMicros);

    /// <summary>Takes the body of a ping: from anyone.</summary>
    public void Handle<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!PingFrame.TryRead(body, out var ping, out var signature))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (!context.Options.IsOwn(ping.Recipient))
        {
            context.Counters.Drop(InboundDrop.ForgedPing);
        }
        else if (!_all.TryTake(now.Micros))
        {
            // The share of all goes first, whoever is said to ask: did it go by who may write, pings forged with others' names, and answers to one's own, would tell whose contacts they are.
            context.Counters.Drop(InboundDrop.PingQuota);
        }
        else if (!context.MayWrite(ping.Sender))
        {
            context.Counters.Drop(InboundDrop.SenderNotAllowed);
        }
        else if (_verifying.Count >= PingLimits.MaxVerifying || !MayBeAnswered(ping.Sender, now))
        {
            // A sender's own share goes after the signature is verified, else whoever knows its address could use it up.
            context.Counters.Drop(InboundDrop.PingQuota);
        }
        else
        {
            var id = context.NextRequestId();
            _verifying.Add(id, ping);
            sink.RequestVerify(id, context.Successions.Last(ping.Sender), ping.Signed(context.Options.Network.Definition), signature);
        }
    }

    /// <summary>Takes the answer to a verification.</summary>
    /// <returns>False: not one of a ping.</returns>
    public bool HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_verifying.Remove(id, out var ping))
        {
            return false;
        }

        if (!valid)
        {
            context.Counters.Drop(InboundDrop.ForgedPing);
        }
        else if (!context.MayWrite(ping.Sender))
        {
            context.Counters.Drop(InboundDrop.SenderNotAllowed);
        }
        else if (!TryTake(ping.Sender, now))
        {
            context.Counters.Drop(InboundDrop.PingQuota);
        }
        else if (packets.TryRoute(ping.Sender, now))
        {
            PingAnswer.Write(ping.Nonce, ping.Secret, _packet.AsSpan(Frame.HeaderBytes));
            Frame.WriteHeader(_packet, FrameType.PingAnswer, PingAnswer.ByteCount);
            packets.Send(_packet, ref sink);
            context.Counters.PingAnswersSent++;
        }

        return true;
    }

    private bool MayBeAnswered(NodeAddress sender, Moment now) =>
        !_senders.TryGetValue(context.Successions.First(sender), out var budget) || budget.HasAny(now.Micros);

    private bool TryTake(NodeAddress sender, Moment now)
    {
        var key = context.Successions.First(sender);
        if (!_senders.TryGetValue(key, out var budget))
        {
            if (_senders.Count >= PingLimits.MaxSenders)
            {
                Forget(now);
            }

            if (_senders.Count >= PingLimits.MaxSenders)
            {
                return false;
            }

            budget = new(PingLimits.AnswersAtOnce, PingLimits.AnswerIntervalMicros);
        }

        var taken = budget.TryTake(now.Micros);
        _senders[key] = budget;
        return taken;
    }

    // Who has earned all of his answers again is as one who never asked.
    private void Forget(Moment now)
    {
        foreach (var (sender, budget) in _senders)
        {
            if (budget.IsFull(now.Micros))
            {
                _ = _senders.Remove(sender);
            }
        }
    }
}
