using MixMq.Crypto;

namespace MixMq.Overlay.Links;

/// <summary>
/// Liveness of one authenticated connection. A HELLO <i>answers</i> if its echo names a later own HELLO than any before it did. A HELLO is
/// <i>missed</i> if no answer came between it and the next one sent; that is counted on a link that is up only, because before that HELLOs may be
/// closer together than the round trip.
/// </summary>
internal sealed class HelloMonitor
{
    private readonly long _established;
    private ulong _sequence;
    private ulong _lastSent;
    private ulong _answered;
    private int _answers;
    private bool _answeredSinceSent = true;
    private bool _settled;
    private ulong _peerSequence;
    private ulong _peerSent;
    private long _peerArrived;

    public HelloMonitor(long nowMicros)
    {
        _established = nowMicros;
        NextMicros = nowMicros;
    }

    /// <summary>When the next HELLO is to be sent.</summary>
    public long NextMicros { get; private set; }

    public bool IsUp { get; private set; }

    /// <summary>The peer's last HELLO said that the link is on this connection.</summary>
    public bool PeerCarries { get; private set; }

    public int Missed { get; private set; }

    public bool IsSuspect => Missed >= LinkProtocol.MissedForSuspect;

    public bool IsDown => Missed >= LinkProtocol.MissedForDown;

    public uint? PeerEpoch { get; private set; }

    public long? RoundTripMicros { get; private set; }

    /// <summary>Writes the next HELLO. <paramref name="choice"/>: null where this connection doesn't carry the link.</summary>
    public void Send(long nowMicros, ulong? choice, uint epoch, ReadOnlySpan<byte> digest, IRandomSource random, Span<byte> content)
    {
        if (IsUp && !_answeredSinceSent)
        {
            Missed++;
        }

        _answeredSinceSent = false;
        _lastSent = Math.Max(_lastSent + 1, (ulong)(nowMicros - _established) + 1);
        var hello = new HelloMessage
        {
            Carries = choice is not null,
            Sequence = ++_sequence,
            Sent = _lastSent,
            Echo = _peerSent,
            Hold = _peerSent == 0 ? 0 : (uint)Math.Clamp(nowMicros - _peerArrived, 0, uint.MaxValue),
            Epoch = epoch,
            Choice = choice ?? 0,
            Digest = digest,
        };
        hello.Format(content);
        _settled |= choice is not null && PeerCarries;
        var interval = _settled ? LinkProtocol.HelloMicros : LinkProtocol.HelloMicrosBeforeUp;
        NextMicros = nowMicros + (long)(interval * (1 + (LinkProtocol.HelloJitter * ((2 * random.NextDouble()) - 1))));
    }

    /// <summary>Takes a HELLO in. False: it goes back in sequence or echoes what was never sent, which no honest peer does.</summary>
    public bool TryReceive(in HelloMessage hello, long nowMicros)
    {
        if (hello.Sequence <= _peerSequence || hello.Sent <= _peerSent || hello.Echo > _lastSent)
        {
            return false;
        }

        _peerSequence = hello.Sequence;
        _peerSent = hello.Sent;
        _peerArrived = nowMicros;
        PeerEpoch = hello.Epoch;
        PeerCarries = hello.Carries;
        if (hello.Echo <= _answered)
        {
            return true;
        }

        _answered = hello.Echo;
        _answeredSinceSent = true;
        Missed = 0;
        _answers++;
        Measure(nowMicros - _established + 1 - (long)hello.Echo - hello.Hold);

        // A peer that has put the link on this connection has had two answers from this end, so its word makes up for the second answer here.
        IsUp |= _answers >= LinkProtocol.AnswersForUp || hello.Carries;
        return true;
    }

    private void Measure(long sample)
    {
        sample = Math.Max(sample, 0);
        RoundTripMicros = RoundTripMicros is { } smoothed ? smoothed + ((sample - smoothed) / 8) : sample;
    }
}
