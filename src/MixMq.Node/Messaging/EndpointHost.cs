using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Pings;
using MixMq.Node.Metrics;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Storage;
using MixMq.Transport;

namespace MixMq.Node.Messaging;

/// <summary>
/// The endpoint core as it runs: its one thread, and around it the storage writer, the reader of contents and the crypto workers. The
/// thread takes what is queued, one input at a time, lets the core do what is due, and sleeps until the next deadline or input.
/// </summary>
internal sealed partial class EndpointHost : IPacketConsumer, IAsyncDisposable
{
    private const int Batch = 256;
    private const int LongestSleepMs = 1_000;
    private const int StopPollMs = 50;

    /// <summary>How long a stop waits for submissions that are on their way to the disk, so that each is answered truly.</summary>
    private const long StopMicros = 2 * Moment.MicrosPerSecond;

    private readonly EndpointInbox _inbox = new();
    private readonly BufferedRandomSource _random = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private EndpointCore? _core;
    private EndpointShell? _shell;
    private GroupCommitWriter? _storage;
    private StoreReads? _reads;
    private Replies? _replies;
    private OverlayHost? _overlay;
    private EndpointSnapshot? _last;
    private long _token;
    private Action<MessageStoreException>? _failed;
    private bool _stopping;
    private bool _isBroken;
    private ViewSuspicion _suspicion;
    private bool _isLosing;

    internal EndpointHost(TimeProvider time, ILogger<EndpointHost> log)
    {
        _time = time;
        _origin = time.GetTimestamp();
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "MixMq endpoint" };
    }

    /// <summary>Readers of the inbox wait on this.</summary>
    internal InboxSignal Ready { get; } = new();

    /// <summary>Loads the core's state and starts the thread. The store stays the caller's.</summary>
    internal void Start(IMessageStore store, EndpointOptions options, NodeIdentity identity, OverlayHost overlay, Action<MessageStoreException> failed)
    {
        _overlay = overlay;
        _failed = failed;
        EndpointState state = store.Load(outboxPage: 0);
        _storage = new GroupCommitWriter(store, failed, new StoreUpkeep(new StoreRetention(), _time, OnStoreSpace));
        _reads = new StoreReads(store, _inbox, failed);
        _core = new EndpointCore(options, _random, state);
        _replies = new Replies(options.Network);
        _shell = new EndpointShell(_inbox, overlay, identity, options, _storage, _reads, Ready, _replies, new EndpointMeter(overlay.Metrics, SnapshotAsync, _time));
        _thread.Start();
    }

    public void OnDelivered(PacketBuffer packet, in UnwrapResult result)
    {
        SurbId? surb = result.Kind == UnwrapKind.Reply ? result.SurbId : null;
        if (!_inbox.TryPost(new DeliveredPacket(packet, result.Offset, result.Length, surb)))
        {
            packet.Return();
            _overlay!.Count(DropCause.DeliveryQueueFull);
        }
    }

    /// <summary>Who may write from now on; null: anyone.</summary>
    internal void TakeSenders(ImmutableHashSet<NodeAddress>? allowed) => _inbox.Post(new EndpointInput.Senders(allowed));

    /// <summary>Which correspondents have other keys from now on.</summary>
    internal void Follow(Successions successions) => _inbox.Post(new EndpointInput.Followed(successions));

    public void OnTopology(TopologyView view) => _inbox.Post(new EndpointInput.Topology(view));

    /// <summary>Completes once the message is durable in the outbox, or refused. Its token is set here.</summary>
    internal async Task<SubmitOutcome> SubmitAsync(SubmitRequest wanted)
    {
        SubmitRequest request = wanted with { Token = Interlocked.Increment(ref _token) };
        var outcome = new TaskCompletionSource<SubmitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new EndpointInput.Submit(request, outcome)) ? await outcome.Task : SubmitOutcome.Refused(SubmitRefusal.Stopping);
    }

    /// <summary>SURBs that are left for the reply to a message; 0 also where the endpoint ends.</summary>
    internal async Task<int> SurbsForReplyAsync(MessageId question)
    {
        var result = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new EndpointInput.SurbsWanted(question, result)) ? await result.Task : 0;
    }

    internal async Task<EndpointSnapshot> SnapshotAsync()
    {
        var result = new TaskCompletionSource<EndpointSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_inbox.Post(new EndpointInput.SnapshotWanted(result)))
        {
            await _ended.Task;
            return _last ?? throw new OperationCanceledException("The endpoint has ended.");
        }

        return await result.Task;
    }

    /// <summary>Takes no more submissions, commits what is under way and ends the thread.</summary>
    internal async Task StopAsync()
    {
        if (_storage is null || Interlocked.Exchange(ref _stopping, true))
        {
            return;
        }

        // On a full disk the core may wait for the writer, and would never come to hear that it is to stop.
        _storage.StopWaiting();
        _inbox.Post(new EndpointInput.StopWanted());
        await _ended.Task;
        await _storage.DisposeAsync();
        await _reads!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _inbox.Dispose();
        _random.Dispose();
        _replies?.Dispose();
    }

    private Moment Now() => new(_time.GetElapsedTime(_origin).Ticks / TimeSpan.TicksPerMicrosecond, _time.GetUtcNow().ToUnixTimeMilliseconds());

    private void Run()
    {
        EndpointShell shell = _shell!;
        Guard(() => _core!.Start(Now(), ref shell));
        bool stop = false;
        while (!(stop && shell.IsQuiet(Now().Micros)) && !_isBroken)
        {
            _inbox.Arm();
            bool busy = false;
            for (int taken = 0; taken < Batch && _inbox.TryTake(out EndpointInput? input); taken++)
            {
                busy = true;
                Guard(() => Handle(input, ref shell));
                if (input is EndpointInput.StopWanted)
                {
                    stop = true;
                    shell.QuietBy(Now().Micros + StopMicros);
                }
            }

            for (int taken = 0; taken < Batch && _inbox.TryTake(out DeliveredPacket packet); taken++)
            {
                busy = true;
                Guard(() => Handle(packet, ref shell));
                packet.Buffer.Return();
            }

            if (_core!.NextDeadline <= Now().Micros)
            {
                Guard(() => _core.Advance(Now(), ref shell));
            }

            shell.EndOfRound();
            _replies!.DropExpired(_time.GetUtcNow().ToUnixTimeSeconds());
            TellSuspicion();
            TellLosses();
            if (!busy)
            {
                _inbox.Wait(stop ? Math.Min(StopPollMs, SleepTime()) : SleepTime());
            }
        }

        shell.EndOfRound();
        _inbox.Close();
        Guard(() => _last = _core!.Snapshot());
        Leave(shell);
        _ended.SetResult();
    }

    private void Handle(in DeliveredPacket packet, ref EndpointShell shell)
    {
        if (packet.Surb is not { } surb)
        {
            _core!.HandleReceived(packet.Message, Now(), ref shell);
        }
        else if (shell.TryOpenReply(surb, packet.Message, out MessageId about, out ReadOnlySpan<byte> message))
        {
            _core!.HandleReply(about, message, Now(), ref shell);
        }
        else
        {
            _overlay!.Count(DropCause.PacketContentInvalid);
        }
    }

    private void Handle(EndpointInput input, ref EndpointShell shell)
    {
        EndpointCore core = _core!;
        switch (input)
        {
            case EndpointInput.Submit submit:
                shell.Expect(submit.Request.Token, submit.Outcome);
                core.HandleSubmit(submit.Request, Now(), ref shell);
                break;
            case EndpointInput.Check check: check.Outcome.TrySetResult(core.CheckSubmit(check.Request)); break;
            case EndpointInput.Topology topology: core.HandleTopology(topology.View, Now(), ref shell); break;
            case EndpointInput.Committed committed: core.HandleCommitted(committed.Batch, Now(), ref shell); break;
            case EndpointInput.Content { Bytes: { } bytes } content: core.HandleContent(content.Id, bytes, Now(), ref shell); break;
            case EndpointInput.Content missing: core.HandleContentMissing(missing.Id, Now(), ref shell); break;
            case EndpointInput.Waiting waiting: core.HandleWaiting(waiting.Id, waiting.Entries, Now(), ref shell); break;
            case EndpointInput.Kept kept: core.HandleKept(kept.Id, kept.Messages, Now(), ref shell); break;
            case EndpointInput.Former former: core.HandleFormer(former.Id, former.Ids, Now(), ref shell); break;
            case EndpointInput.Signed signed: core.HandleSigned(signed.Id, signed.Signature, Now(), ref shell); break;
            case EndpointInput.Verified verified: core.HandleVerified(verified.Id, verified.Valid, Now(), ref shell); break;
            case EndpointInput.SnapshotWanted wanted: Answer(wanted, core); break;
            case EndpointInput.Senders senders: core.HandleSenders(senders.Allowed, Now(), ref shell); break;
            case EndpointInput.Followed followed: core.HandleSuccessions(followed.Successions, Now(), ref shell); break;
            case EndpointInput.StoreSpace space: core.HandleStoreSpace(space.IsFull, Now(), ref shell); break;
            case EndpointInput.AnonymousKnown known: core.HandleAnonymousKnowledge(known.Id, known.Knowledge, Now(), ref shell); break;
            case EndpointInput.SurbsWanted wanted: wanted.Result.TrySetResult(core.SurbsForReply(wanted.Question)); break;
            case EndpointInput.LoopDropped dropped: core.HandleLoopDropped(dropped.Loop); break;
            case EndpointInput.StopWanted: core.Stop(Now(), ref shell); break;
            default: HandleConsuming(input, core, ref shell); break;
        }
    }

    /// <summary>On the writer's thread.</summary>
    private void OnStoreSpace(bool isFull)
    {
        if (isFull)
        {
            Log.StoreFull(_log);
        }
        else
        {
            Log.StoreHasRoom(_log);
        }

        _inbox.Post(new EndpointInput.StoreSpace(isFull));
    }

    /// <summary>Says what comparing views has found, when that changes: in numbers, without anybody's address.</summary>
    private void TellSuspicion()
    {
        ViewSuspicion suspicion = _core!.ViewSuspicion;
        if (suspicion == _suspicion)
        {
            return;
        }

        _suspicion = suspicion;
        ViewComparison views = _core.Snapshot().Views;
        switch (suspicion)
        {
            case ViewSuspicion.Warning:
                Log.ViewWarning(_log, views.Differing, views.Compared, views.Missing, views.Older, views.OnlyHere, views.Contradictory);
                break;
            case ViewSuspicion.Note:
                Log.ViewNote(_log, views.Differing, views.Compared, views.Missing, views.Older, views.OnlyHere, views.Contradictory);
                break;
            default:
                Log.ViewsAgree(_log);
                break;
        }
    }

    /// <summary>Says that this node's loops don't come back, or do again.</summary>
    private void TellLosses()
    {
        if (_core!.IsLosingLoops == _isLosing)
        {
            return;
        }

        _isLosing = _core.IsLosingLoops;
        LoopReport loops = _core.Snapshot().Loops;
        if (_isLosing)
        {
            Log.LoopsLost(_log, loops.JudgedLost, loops.Judged);
        }
        else
        {
            Log.LoopsReturn(_log, loops.JudgedLost, loops.Judged);
        }
    }

    private int SleepTime()
    {
        if (_core!.NextDeadline == Moment.Never)
        {
            return LongestSleepMs;
        }

        long micros = Math.Max(0, _core.NextDeadline - Now().Micros);
        return (int)Math.Min(LongestSleepMs, (micros + Moment.MicrosPerMilli - 1) / Moment.MicrosPerMilli);
    }

    private void Leave(EndpointShell shell)
    {
        shell.Abandon();
        while (_inbox.TryTake(out DeliveredPacket packet))
        {
            packet.Buffer.Return();
        }

        while (_inbox.TryTake(out EndpointInput? input))
        {
            if (input is EndpointInput.Submit submit)
            {
                submit.Outcome.TrySetResult(SubmitOutcome.Refused(SubmitRefusal.Stopping));
            }
            else if (input is EndpointInput.Check check)
            {
                check.Outcome.TrySetResult(SubmitRefusal.Stopping);
            }
            else if (input is EndpointInput.Checkpoint checkpoint)
            {
                checkpoint.Outcome.TrySetResult(new CheckpointOutcome(CheckpointRefusal.Stopping));
            }
            else if (input is EndpointInput.Cancel cancel)
            {
                cancel.Outcome.TrySetCanceled();
            }
            else if (input is EndpointInput.HindranceWanted hindrance)
            {
                hindrance.Result.TrySetResult(default);
            }
            else if (input is EndpointInput.SurbsWanted surbs)
            {
                surbs.Result.TrySetResult(0);
            }
            else if (input is EndpointInput.Replay replay)
            {
                replay.Outcome.TrySetResult(false);
            }
            else if (input is EndpointInput.Ping ping)
            {
                ping.Call.Complete(new PingOutcome(PingResult.Stopping));
            }
            else if (input is EndpointInput.Open open)
            {
                open.Outlet.Complete(null);
            }
            else if (input is EndpointInput.SnapshotWanted wanted)
            {
                _ = _last is null ? wanted.Result.TrySetCanceled() : wanted.Result.TrySetResult(_last);
            }
        }
    }

    /// <summary>A bug of ours: no peer may cause one. Said with its place in the code, and without its message, which could quote data.</summary>
    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure)
        {
            Log.CoreFailed(_log, failure.GetType().Name, (failure.StackTrace ?? "").Replace('\n', ' '));

            // Half an input may have been taken in: the store is the truth, and a start from it is sound.
            _isBroken = true;
            _failed!(new MessageStoreException("The endpoint can't go on."));
        }
    }

    private static void Answer(EndpointInput.SnapshotWanted wanted, EndpointCore core)
    {
        try
        {
            wanted.Result.SetResult(core.Snapshot());
        }
        catch (Exception failure)
        {
            wanted.Result.TrySetException(failure);
            throw;
        }
    }
}
