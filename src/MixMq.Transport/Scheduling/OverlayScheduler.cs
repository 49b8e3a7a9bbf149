using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Transport.Links;

namespace MixMq.Transport.Scheduling;

/// <summary>
/// The thread that owns the overlay core. Each round takes what is queued, in batches, gives it to the core one input at a
/// time, lets the core do what is due, and sleeps until the next deadline or input; where packets come thick and fast, until the next millisecond
/// (<see cref="WakeAllowance"/>). It never waits for anything else.
/// </summary>
internal sealed class OverlayScheduler
{
    /// <summary>Inputs of one kind taken before the others and the deadlines get their turn.</summary>
    private const int Batch = 256;

    /// <summary>Longest sleep: the wall clock may be set, and epochs follow it.</summary>
    private const int LongestSleepMs = 1_000;

    /// <summary>How long packets are let come together.</summary>
    private const int CollectMs = 1;

    private readonly OverlayCore _core;
    private readonly SchedulerInbox _inbox;
    private readonly OverlayClock _clock;
    private readonly ReadTicks _ticks;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly UnwrapAnswer[] _unwrapped = new UnwrapAnswer[Batch];
    private IOverlayShell _sink;
    private WakeAllowance _wakes;
    private bool _tookPackets;
    private long? _drainUntil;
    private OverlaySnapshot? _last;

    internal OverlayScheduler(OverlayCore core, SchedulerInbox inbox, IOverlayShell shell, OverlayClock clock, ReadTicks ticks, ILogger log)
    {
        _core = core;
        _inbox = inbox;
        _clock = clock;
        _ticks = ticks;
        _log = log;
        _sink = shell;
        _thread = new Thread(Run) { IsBackground = true, Name = "MixMq overlay" };
    }

    /// <summary>Completes when the core has said goodbye and the thread ends.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Whether the thread ended by a defect and not because it was told to; true before <see cref="Ended"/> completes.</summary>
    internal bool Failed { get; private set; }

    /// <summary>The last snapshot, once the thread has ended.</summary>
    internal OverlaySnapshot? Last => Volatile.Read(ref _last);

    internal void Start() => _thread.Start();

    /// <summary>Stops the core once no packet is held any more, at the latest when the time is over.</summary>
    internal void Drain(TimeSpan bound) => _inbox.Post(new CoreAnswer.DrainWanted(_clock.Micros + (bound.Ticks / TimeSpan.TicksPerMicrosecond)));

    private void Run()
    {
        try
        {
            Guard(static self => self._core.Start(self._clock.Now(), ref self._sink));
            while (true)
            {
                _inbox.Arm();
                _ticks.Tick();

                var busy = TakeAnswers() | TakeUnwrapped() | TakeLinks();
                if (_core.NextDeadline <= _clock.Micros)
                {
                    Guard(static self => self._core.Advance(self._clock.Now(), ref self._sink));
                }

                _sink.EndOfRound(_core);
                if (IsDrained(idle: !busy && _sink.UnwrapsUnderWay == 0))
                {
                    break;
                }

                if (!busy)
                {
                    Sleep();
                }
            }

            Guard(static self => self._core.Stop(self._clock.Now(), ref self._sink));
            _sink.EndOfRound(_core);
        }
        catch (Exception e)
        {
            // Only what the rounds themselves do can end here: the core's calls are guarded one by one.
            var failure = e.GetType().Name;
            Log.SchedulerFailed(_log, failure);
            Failed = true;
        }

        _ticks.End();
        _inbox.Close();
        Guard(static self => Volatile.Write(ref self._last, self._core.Snapshot(self._clock.Now())));
        ReturnWhatWaits();
        _ended.SetResult();
    }

    private bool TakeAnswers()
    {
        var taken = 0;
        for (; taken < Batch && _inbox.TryTake(out CoreAnswer answer); taken++)
        {
            try
            {
                Handle(answer);
            }
            catch (Exception e)
            {
                Report(e);
            }
        }

        return taken > 0;
    }

    private void Handle(CoreAnswer answer)
    {
        var now = _clock.Now();
        switch (answer)
        {
            case CoreAnswer.Signed signed:
                _core.HandleSigned(signed.Id, signed.Signature, now, ref _sink);
                break;
            case CoreAnswer.Verified verified:
                _core.HandleVerified(verified.Id, verified.Valid, now, ref _sink);
                break;
            case CoreAnswer.MixKeyMade made:
                _core.HandleMixKey(made.Key, now, ref _sink);
                break;
            case CoreAnswer.MixKeyFailed failed:
                _core.HandleMixKeyFailed(failed.Epoch, now, ref _sink);
                break;
            case CoreAnswer.Persisted persisted:
                _core.HandleSequencePersisted(persisted.Sequence, now, ref _sink);
                break;
            case CoreAnswer.DialFailed dial:
                _core.HandleDialFailed(dial.Peer, now, ref _sink);
                break;
            case CoreAnswer.HandOver handover:
                _core.HandOver(handover.Peer, handover.Message, now, ref _sink);
                break;
            case CoreAnswer.StatementGiven given:
                _core.HandleStatement(given.Statement, now, ref _sink);
                break;
            case CoreAnswer.OwnReply reply:
                _core.HandleOwnReply(reply.Packet, now, ref _sink);
                break;
            case CoreAnswer.PeersChanged peers:
                Change(peers.Changes, now);
                break;
            case CoreAnswer.SnapshotWanted wanted:
                wanted.Result.SetResult(_core.Snapshot(now));
                break;
            case CoreAnswer.MapWanted map:
                map.Result.SetResult(_core.Map);
                break;
            case CoreAnswer.DrainWanted drain:
                _drainUntil = drain.DeadlineMicros;
                break;
            default:
                throw new UnreachableException();
        }
    }

    // Those that are gone come first, so that there is room for others.
    private void Change(ImmutableArray<PeerChange> changes, Moment now)
    {
        foreach (var change in changes.OrderBy(change => change.After is not null))
        {
            if (change.After is not { } peer)
            {
                _core.RemovePeer(change.Before!.Address, now, ref _sink);
            }
            else if (change.Before is null)
            {
                _core.AddPeer(PeerChange.OptionsOf(peer), now, ref _sink);
            }
            else
            {
                _core.ChangePeer(PeerChange.OptionsOf(peer), change.Renews, now, ref _sink);
            }
        }

        _sink.PeersChanged();
    }

    private bool TakeUnwrapped()
    {
        var taken = _inbox.Take(_unwrapped);
        if (taken == 0)
        {
            return false;
        }

        _tookPackets = true;

        // One look at the clock for all of a batch, which takes less time than a timer's precision is worth.
        _sink.UnwrapsAnswered(taken);
        var now = _clock.Now();
        for (var i = 0; i < taken; i++)
        {
            if (_unwrapped[i].Packet is not { } packet)
            {
                continue;
            }

            try
            {
                _core.HandleUnwrapped(packet, _unwrapped[i].Result, now, ref _sink);
            }
            catch (Exception e)
            {
                Report(e);
            }
        }

        Array.Clear(_unwrapped, 0, taken);
        return true;
    }

    private bool TakeLinks()
    {
        if (!_inbox.TryTake(out LinkInput input))
        {
            return false;
        }

        _tookPackets = true;
        var now = _clock.Now();
        var taken = 0;
        do
        {
            try
            {
                if (input.Cell is not null)
                {
                    _core.HandleCell(input.Id, input.Cell, now, ref _sink);
                }
                else if (input.Connected is not null)
                {
                    _core.HandleConnected(input.Id, input.Connected, now, ref _sink);
                }
                else
                {
                    _core.HandleDisconnected(input.Id, now, ref _sink);
                }
            }
            catch (Exception e)
            {
                Report(e);
            }
        }
        while (++taken < Batch && _inbox.TryTake(out input));
        return true;
    }

    private bool IsDrained(bool idle)
    {
        if (_drainUntil is not { } until)
        {
            return false;
        }

        var now = _clock.Now();
        return now.Micros >= until || (idle && _core.Snapshot(now).Delayed == 0);
    }

    private void Sleep()
    {
        var time = SleepTime();
        if (time > CollectMs && (!_tookPackets || _wakes.TryTake(_clock.Micros)))
        {
            _tookPackets = false;
            _ticks.End();
            _inbox.Wait(time);
        }
        else
        {
            _ticks.Begin();
            _inbox.Collect(Math.Min(time, CollectMs));
        }
    }

    private int SleepTime()
    {
        var deadline = Math.Min(_core.NextDeadline, _drainUntil ?? Moment.Never);
        if (deadline == Moment.Never)
        {
            return LongestSleepMs;
        }

        // Rounded up: waking early would spin through the last part of a millisecond.
        var micros = Math.Max(0, deadline - _clock.Micros);
        return (int)Math.Min(LongestSleepMs, (micros + Moment.MicrosPerMilli - 1) / Moment.MicrosPerMilli);
    }

    private void ReturnWhatWaits()
    {
        while (_inbox.TryTake(out LinkInput input))
        {
            input.Cell?.Return();
        }

        for (int taken; (taken = _inbox.Take(_unwrapped)) > 0;)
        {
            foreach (ref var answer in _unwrapped.AsSpan(0, taken))
            {
                answer.Packet?.Return();
            }
        }

        while (_inbox.TryTake(out CoreAnswer rest))
        {
            if (rest is CoreAnswer.MixKeyMade made)
            {
                made.Key.Dispose();
            }
            else if (rest is CoreAnswer.OwnReply reply)
            {
                reply.Packet.Return();
            }
            else if (rest is CoreAnswer.HandOver handover)
            {
                handover.Message.Dispose();
            }
            else if (rest is CoreAnswer.SnapshotWanted wanted && Last is { } last)
            {
                wanted.Result.SetResult(last);
            }
        }
    }

    private void Guard(Action<OverlayScheduler> action)
    {
        try
        {
            action(this);
        }
        catch (Exception e)
        {
            Report(e);
        }
    }

    /// <summary>A bug of ours: no peer may cause one. Said with its place in the code, and without its message, which could quote data.</summary>
    private void Report(Exception e) =>
        Log.CoreFailed(_log, e.GetType().Name, (e.StackTrace ?? "").Replace('\n', ' '));
}
