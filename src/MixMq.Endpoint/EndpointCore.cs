using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Pings;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint;

/// <summary>
/// The pure core of an endpoint: outbox, inbox and what goes between them over the overlay (spec/07). A message it accepts is in the recipient's
/// inbox exactly once and in its conversation's order, or is reported expired and never gets there.
/// </summary>
/// <remarks>
/// How to drive it: one input, then drain. Call <see cref="Start"/> once; then one method for everything that arrives, and <see cref="Advance"/>
/// when <see cref="NextDeadline"/> has come. All output goes to the sink during the call; after each call <see cref="NextDeadline"/> is new.
/// Single-threaded. Public-key work and the store are requests: a lost answer stalls what waits for it, so the shell answers each, in any order
/// except that batches become durable in theirs. A core is as good as its store: after a crash a new one is built from
/// <see cref="EndpointState"/>, and nothing else is needed.
/// </remarks>
public sealed partial class EndpointCore
{
    private readonly MessagingContext _context;
    private readonly TopologyRoutes? _topology;
    private readonly InboundDirectory _senders;
    private readonly Acknowledger _acknowledger;
    private readonly MarkAnswerer _marks;
    private readonly InboxQuota _quota;
    private readonly Inbox _inbox;
    private readonly Outbox _outbox;
    private readonly OwnView _view = new();
    private readonly ViewExchange _views;
    private readonly ViewAnswerer _viewAnswers;
    private readonly Backlog _backlog;
    private readonly Consumers _consumers;
    private readonly Checkpoints _checkpoints;
    private readonly AnonymousOutbox _anonymousOutbox;
    private readonly AnonymousInbox _anonymousInbox;
    private readonly Questions _questions;
    private readonly Replies _replies;
    private readonly LoopRun _loops;
    private readonly PingRun _pings;
    private readonly PingAnswerer _pingAnswers;

    /// <summary>Builds the core from what its store holds.</summary>
    /// <param name="options">Checked; see <see cref="EndpointOptions.Validate"/>.</param>
    /// <param name="random">Ids, secrets, paths, delays and jitter come from here.</param>
    /// <param name="state">What the store loaded.</param>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    /// <exception cref="InvalidDataException">The store's state contradicts itself.</exception>
    public EndpointCore(EndpointOptions options, IRandomSource random, EndpointState state)
        : this(options, random, state, new TopologyRoutes(options, random))
    {
    }

    internal EndpointCore(EndpointOptions options, IRandomSource random, EndpointState state, IRouteSource routes)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(state);
        if (options.Validate() is { IsEmpty: false } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        }

        var anonymous = AnonymousStored.TakeFrom(ref state);
        _topology = routes as TopologyRoutes;
        _context = new(options, random, routes);
        var packets = new PacketSender(_context);
        _senders = new(options);
        var recipients = new OutboundDirectory(options);
        _views = new(_context, packets, _view);
        _viewAnswers = new(_context, packets, _senders, recipients, _view);
        _acknowledger = new(_context, _senders, packets, _views);
        _marks = new(_context, _senders, packets, _acknowledger);
        _quota = new(options, state);
        _inbox = new(_context, _senders, _quota, _acknowledger, _marks, _views, state);
        _marks.Restore(state);
        _outbox = new(_context, recipients, packets, _acknowledger, _views, state);
        _backlog = new(_context, state.LastInboxPosition);
        _consumers = new(_context, _backlog, _quota);
        _questions = new(_context, _quota, _inbox, anonymous);
        _replies = new(_context, anonymous);
        _anonymousOutbox = new(_context, _questions, anonymous);
        _checkpoints = new(_context, _consumers, _outbox.Submissions, _anonymousOutbox, _replies);
        _anonymousInbox = new(_context, _quota, _inbox, anonymous);
        _loops = new(_context);
        _pings = new(_context, packets);
        _pingAnswers = new(_context, packets);
    }

    /// <summary>When <see cref="Advance"/> must be called at the latest, <see cref="Moment.Micros"/>; <see cref="Moment.Never"/>: no need.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    /// <summary>What comparing views with correspondents gives reason to think; <see cref="EndpointSnapshot.Views"/> says more.</summary>
    public ViewSuspicion ViewSuspicion => _views.Suspicion;

    /// <summary>Whether so many of the node's loops don't come back that the operator is to be warned; <see cref="EndpointSnapshot.Loops"/> says more.</summary>
    public bool IsLosingLoops => _loops.IsLosing;

    /// <summary>The first call. Messages loaded from the store begin to be sent as soon as the topology shows a path.</summary>
    public void Start<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _context.Begin(now);
        _marks.Start(now);
        _outbox.Start(now);
        _anonymousOutbox.Start(now);
        _questions.Start(now);
        _replies.Start(now);
        _loops.Start(now);
        Drain(now, ref sink);
    }

    /// <summary>Time has passed. Early calls do no harm.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => Drain(now, ref sink);

    /// <summary>The topology is now this.</summary>
    public void HandleTopology<TSink>(TopologyView view, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(view);
        _topology?.Update(view);
        _context.NetworkContentLimit = view.Network?.MaxContentBytes ?? _context.NetworkContentLimit;
        _view.Update(view);
        _outbox.HandleTopology(now);
        Drain(now, ref sink);
    }

    /// <summary>An application wants to send; answered by <see cref="IEndpointSink.SubmitCompleted"/>, once, in this call or later.</summary>
    public void HandleSubmit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(request);
        Submit(request, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Whether an application's wish to send would be refused as things stand, before its content is handed over in parts. Changes nothing.</summary>
    public SubmitRefusal CheckSubmit(SubmitRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Answers is not null ? SubmitRefusal.ReplyTooLong
            : request.Anonymous ? _anonymousOutbox.Check(request) : _outbox.Submissions.Check([request], 0).Refusal;
    }

    /// <summary>The lane A message of a packet that was delivered here: bytes from anyone.</summary>
    public void HandleReceived<TSink>(ReadOnlySpan<byte> message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (!message.IsEmpty)
        {
            if (!Frame.TryTake(ref message, out var type, out var body))
            {
                _context.Counters.Drop(InboundDrop.MalformedFrame);
                break;
            }

            switch (type)
            {
                case FrameType.Fragment or FrameType.Tombstone:
                    _inbox.HandleFrame(type, body, now, ref sink);
                    break;
                case FrameType.Acknowledgement:
                    _outbox.Answers.HandleAcknowledgement(body, now, ref sink);
                    break;
                case FrameType.Refusal:
                    _outbox.Answers.HandleRefusal(body, now);
                    break;
                case FrameType.ContentLimit:
                    _outbox.Limits.Handle(body, now, ref sink);
                    break;
                case FrameType.ViewSummary:
                    _viewAnswers.Handle(body, now, ref sink);
                    break;
                case FrameType.Anonymous:
                    _anonymousInbox.HandleFrame(body, now, ref sink);
                    break;
                case FrameType.Supply:
                    _replies.HandleFrame(body, now, ref sink);
                    break;
                case FrameType.Loop:
                    _loops.HandleFrame(body, now);
                    break;
                case FrameType.Ping:
                    _pingAnswers.Handle(body, now, ref sink);
                    break;
                case FrameType.PingAnswer:
                    _pings.HandleAnswer(body, now, ref sink);
                    break;
                case FrameType.SenderMark:
                    if (_marks.Handle(body, now, ref sink) is { } confirmed)
                    {
                        _inbox.RaiseBase(confirmed.Conversation, confirmed.Base, now);
                    }

                    break;
                case FrameType.RecipientMark:
                    _outbox.Reconciliation.Handle(body, now, ref sink);
                    break;
                case FrameType.ViewItems:
                    _views.HandleItems(body, now);
                    break;
                default:
                    _context.Counters.Drop(InboundDrop.UnknownFrame);
                    break;
            }
        }

        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IEndpointSink.ReadKept"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="kept">By ascending sequence.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleKept<TSink>(ContentRequestId id, ReadOnlySpan<KeptMessage> kept, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _outbox.HandleKept(id, kept, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IEndpointSink.ReadWaiting"/> and <see cref="IEndpointSink.ReadUnsettled"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="entries">In the order that was asked for.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleWaiting<TSink>(ContentRequestId id, ReadOnlySpan<OutboxEntry> entries, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _outbox.HandleWaiting(id, entries, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IEndpointSink.ReadFormer"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="ids">What came in those places, as far as the store still has it.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleFormer<TSink>(ContentRequestId id, ReadOnlySpan<MessageId> ids, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _marks.HandleFormer(id, ids, now);
        Drain(now, ref sink);
    }

    /// <summary>The batch is durable; called once for each, in order.</summary>
    /// <exception cref="InvalidOperationException">Out of order.</exception>
    public void HandleCommitted<TSink>(long batch, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        foreach (var effect in _context.Store.TakeCommitted(batch))
        {
            Apply(effect, now, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IEndpointSink.ReadOutboxContent"/>, <see cref="IEndpointSink.ReadPartial"/> and the reads of ranges.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="content">The bytes; the core keeps this very memory, the caller must not change it.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleContent<TSink>(ContentRequestId id, ReadOnlyMemory<byte> content, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => HandleContentAnswer(id, content, now, ref sink);

    /// <summary>The store has no such content (any more).</summary>
    public void HandleContentMissing<TSink>(ContentRequestId id, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => HandleContentAnswer(id, content: null, now, ref sink);

    /// <summary>Answers <see cref="IEndpointSink.RequestSign"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="signature">64 bytes.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (signature.Length != Ed25519.SignatureBytes)
        {
            throw new ArgumentException("A signature has 64 bytes.", nameof(signature));
        }

        if (!_pings.HandleSigned(id, signature, now, ref sink))
        {
            _outbox.HandleSigned(id, signature, now, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IEndpointSink.RequestVerify"/>.</summary>
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_inbox.HandleVerified(id, valid, now, ref sink) && !_pingAnswers.HandleVerified(id, valid, now, ref sink))
        {
            _marks.HandleVerified(id, valid, now, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>
    /// The store's disk has become full but for its reserve, or has room again. While it is full, submissions are refused and nothing new is taken into the inbox;
    /// what was accepted is sent, settled and acknowledged as ever.
    /// </summary>
    public void HandleStoreSpace<TSink>(bool isFull, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _context.StoreIsFull = isFull;
        Drain(now, ref sink);
    }

    /// <summary>Who may write from now on; null: anyone. What was taken from others stays.</summary>
    public void HandleSenders<TSink>(ImmutableHashSet<NodeAddress>? senders, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _context.Allow(senders);
        Drain(now, ref sink);
    }

    /// <summary>
    /// Which correspondents have other keys than before. What this node has with them goes on under the addresses that it knows them by; packets go to, and signatures must be of, the
    /// addresses that they have now. Until it is told, what such a
    /// correspondent signs is dropped, and repeated by it.
    /// </summary>
    public void HandleSuccessions<TSink>(Successions successions, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(successions);
        _context.Follow(successions);
        _outbox.HandleSuccessions(successions, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>
    /// No more submissions are taken. Those already taken are still answered, and everything else goes on, for as long as the shell drives the
    /// core; what is unsettled then stays in the store for the next start.
    /// </summary>
    public void Stop<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _outbox.Stop();
        _anonymousOutbox.Stopping = _replies.Stopping = _pings.Stopping = true;
        _loops.Stop();
        Drain(now, ref sink);
    }

    /// <summary>How often two conversations of one name were looked at, to be asked about or to become one.</summary>
    internal long NamesakeLooks => _outbox.Joins.Looks;

    /// <summary>How things stand.</summary>
    public EndpointSnapshot Snapshot()
    {
        var counters = _context.Counters;
        var measured = _outbox.Directory.Correspondents.Select(correspondent => correspondent.RoundTrip.Smoothed).Where(millis => millis > 0);
        return new EndpointSnapshot
        {
            Accepted = counters.Accepted,
            Refused = counters.Refused,
            Acknowledged = counters.Acknowledged,
            Expired = counters.Expired,
            Unsettled = _outbox.Directory.Unsettled + _anonymousOutbox.Unsettled,
            AnonymousUnsettled = _anonymousOutbox.Unsettled,
            Questions = _questions.Count,
            Replies = _replies.Count,
            Expiring = _outbox.ExpiringCount,
            Waiting = _outbox.Directory.Waiting,
            Watched = _outbox.WatchedCount,
            UnreachableRecipients = _outbox.UnreachableCount,
            Received = counters.Received,
            ReceivedTombstones = counters.ReceivedTombstones,
            DuplicateFragments = counters.DuplicateFragments,
            FragmentsSent = counters.FragmentsSent,
            Retransmissions = counters.Retransmissions,
            AcknowledgementsSent = counters.AcknowledgementsSent,
            AcknowledgementsReceived = counters.AcknowledgementsReceived,
            PacketsSent = counters.PacketsSent,
            MarksSent = counters.MarksSent,
            Recalled = counters.Recalled,
            RecallsUnderWay = _outbox.RecallsUnderWay,
            Repeated = counters.Repeated,
            RefusalsSent = counters.RefusalsSent,
            RefusalsReceived = counters.RefusalsReceived,
            TooLarge = _outbox.Limits.Count,
            HeldBackConversations = _outbox.HeldBackCount,
            JoiningConversations = _outbox.Joins.HeldCount,
            ApartConversations = _outbox.Joins.ApartCount,
            InboxMessages = _quota.Messages,
            InboxBytes = _quota.Bytes,
            ViewSummariesSent = counters.ViewSummariesSent,
            ViewAnswersSent = counters.ViewAnswersSent,
            Views = _views.Comparison(),
            Loops = _loops.Report(),
            PingsSent = counters.PingsSent,
            PingsAnswered = counters.PingsAnswered,
            PingAnswersSent = counters.PingAnswersSent,
            Consumers = _consumers.Count,
            Partials = _inbox.PartialCount + _anonymousInbox.PartialCount,
            HeldContentBytes = _outbox.HeldContentBytes,
            UncommittedBytes = _context.Store.UncommittedBytes,
            RoundTripMs = measured.DefaultIfEmpty().Average(),
            Drops = counters.Drops(),
            DifferentPaths = _topology?.Statistics.Different ?? 0,
            MinPathLinks = _topology?.Statistics.FewestLinks ?? 0,
            MaxPathLinks = _topology?.Statistics.MostLinks ?? 0,
            PathsOfNearestLength = _topology?.Statistics.OfNearestLength ?? 0,
        };
    }

    private void HandleContentAnswer<TSink>(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_anonymousOutbox.HandleContent(id, content, now) && !_replies.HandleContent(id, content, now) && !_outbox.HandleContent(id, content, now, ref sink))
        {
            _inbox.HandleContent(id, content, now);
        }

        Drain(now, ref sink);
    }

    private void Apply<TSink>(in CommitEffect effect, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        switch (effect.Kind)
        {
            case CommitEffectKind.OutboxAppended:
                _outbox.OnAppended((OutboundMessage)effect.Target!, effect.Number, ref sink);
                break;
            case CommitEffectKind.OutboxSettled:
                _outbox.OnSettled((OutboundMessage)effect.Target!, (OutboxStatus)effect.Number, now, ref sink);
                break;
            case CommitEffectKind.TombstoneStored:
                _outbox.OnTombstoneStored((OutboundMessage)effect.Target!, now, ref sink);
                break;
            case CommitEffectKind.FragmentStored:
                _inbox.OnFragmentStored((Partial)effect.Target!, (int)effect.Number, now);
                break;
            case CommitEffectKind.MessageSettled or CommitEffectKind.TombstoneSettled:
                var tombstone = effect.Kind == CommitEffectKind.TombstoneSettled;
                _inbox.OnSettled((InboundConversation)effect.Target!, (ulong)effect.Number, tombstone, now);
                break;
            case CommitEffectKind.OutboxAppendedByCheckpoint:
                _outbox.OnAppended((OutboundMessage)effect.Target!);
                break;
            case CommitEffectKind.OutboxMoved:
                _outbox.Reconciliation.OnMoved((OutboundConversation)effect.Target!, ref sink);
                break;
            case CommitEffectKind.OutboxAgreed:
                _outbox.Reconciliation.OnAgreed((OutboundConversation)effect.Target!, ref sink);
                break;
            case CommitEffectKind.OutboxJoined:
                _outbox.Reconciliation.OnJoined((OutboundConversation)effect.Target!, ref sink);
                break;
            case CommitEffectKind.SenderMarkStored:
                _marks.OnStored((InboundConversation)effect.Target!, now, ref sink);
                break;
            case CommitEffectKind.CheckpointStored:
                _checkpoints.OnStored((PendingCheckpoint)effect.Target!, ref sink);
                break;
            case CommitEffectKind.DeadLetterReplayed:
                _backlog.OnReplayed((ulong)effect.Number);
                break;
            case CommitEffectKind.ReplayStored:
                sink.ReplayCompleted(effect.Number);
                break;
            case CommitEffectKind.InboxReady:
                _backlog.OnReady((ulong)effect.Number);
                sink.InboxReady((ulong)effect.Number);
                break;
            default:
                ApplyAnonymous(effect, now, ref sink);
                break;
        }
    }

    // Everything that follows from an input: reads, fragments with acknowledgements beside them, the other acknowledgements, one batch.
    private void Drain<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _inbox.Advance(now, ref sink);
        _outbox.Advance(now, ref sink);
        _marks.Advance(now, ref sink);
        _acknowledger.Advance(now, ref sink);
        _anonymousOutbox.Advance(now, ref sink);
        _anonymousInbox.Advance(now, ref sink);
        _questions.Advance(now, ref sink);
        _replies.Advance(now, ref sink);
        _loops.Advance(now, ref sink);
        _pings.Advance(now, ref sink);
        _views.Advance(now, ref sink);
        _consumers.Advance(ref sink);
        _context.Store.Flush(ref sink);
        NextDeadline = Math.Min(
            Math.Min(Math.Min(Math.Min(_outbox.NextDeadline(now), _acknowledger.NextDeadline), _views.NextDeadline), Math.Min(AnonymousDeadline, Math.Min(_pings.NextDeadline, _marks.NextDeadline))),
            OnMonotonicClock(Math.Min(Math.Min(_outbox.NextExpiry, _inbox.NextExpiry), AnonymousExpiry), now));
    }

    // The wall clock may be set: look again after an hour at the latest.
    private static long OnMonotonicClock(long unixMillis, Moment now) => unixMillis == long.MaxValue
        ? Moment.Never
        : now.Micros + (Math.Clamp(unixMillis - now.UnixMillis, 0, 3_600_000) * Moment.MicrosPerMilli);
}
