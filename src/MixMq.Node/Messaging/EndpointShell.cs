using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Node.Metrics;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Storage;
using MixMq.Transport;
using MixMq.Transport.Workers;

namespace MixMq.Node.Messaging;

/// <summary>
/// Carries out what the endpoint core asks for: commits by the storage writer, reads by one reader task, public-key work by the crypto
/// workers. Called on the core's thread alone; answers go back through the inbox.
/// </summary>
internal sealed partial class EndpointShell : IEndpointSink
{
    private readonly Dictionary<long, TaskCompletionSource<SubmitOutcome>> _submissions = [];
    private readonly SenderKeys _keys = new();
    private readonly WrapJobs _jobs = new();
    private readonly BatchQueue<WrapJob> _wraps;
    private readonly EndpointInbox _inbox;
    private readonly OverlayHost _overlay;
    private readonly NodeIdentity _identity;
    private readonly NodeAddress _knownAs;
    private readonly GroupCommitWriter _storage;
    private readonly StoreReads _reads;
    private readonly InboxSignal _ready;
    private readonly EndpointMeter _meter;
    private long _quietBy;
    private bool _queued;

    internal EndpointShell(
        EndpointInbox inbox, OverlayHost overlay, NodeIdentity identity, EndpointOptions options, GroupCommitWriter storage, StoreReads reads, InboxSignal ready, Replies replies, EndpointMeter meter)
    {
        _inbox = inbox;
        _overlay = overlay;
        _identity = identity;
        _knownAs = options.KnownAs;
        _replies = replies;
        _anonymous = overlay.Workers.AddQueue(AnonymousWork.MaxBatch, () => new AnonymousWork(overlay, options.Network.Definition, replies, LoopDropped));
        _wraps = overlay.Workers.AddQueue(WrapWork.MaxBatch, () => new WrapWork(overlay, options.Network.Definition, _jobs, LoopDropped));
        _storage = storage;
        _reads = reads;
        _ready = ready;
        _meter = meter;
    }

    /// <summary>From now until then, a stop waits for submissions to be answered.</summary>
    internal void QuietBy(long micros) => _quietBy = micros;

    /// <summary>Whether no submission and no checkpoint is unanswered, or the time for answering them is over.</summary>
    internal bool IsQuiet(long micros) => _submissions.Count + _checkpoints.Count + _replays.Count == 0 || micros >= _quietBy;

    internal void Expect(long token, TaskCompletionSource<SubmitOutcome> outcome) => _submissions.Add(token, outcome);

    public void Commit(long batch, ImmutableArray<StoreOperation> operations)
    {
        _meter.Observe(operations);
        _storage.Enqueue(operations, () => _inbox.Post(new EndpointInput.Committed(batch)));
    }

    public void ReadOutboxContent(ContentRequestId id, MessageId message) =>
        _reads.Enqueue(store => new EndpointInput.Content(id, store.ReadOutboxContent(message)));

    public void ReadPartial(ContentRequestId id, Place place) =>
        _reads.Enqueue(store => new EndpointInput.Content(id, store.ReadPartial(place)));

    public void ReadKept(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
        _reads.Enqueue(store => new EndpointInput.Kept(id, [.. store.ReadKept(recipient, conversation, first, end, maxMessages)]));

    public void ReadWaiting(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
        _reads.Enqueue(store => new EndpointInput.Waiting(id, [.. store.ReadWaiting(recipient, conversation, first, maxEntries, byExpiry)]));

    public void ReadUnsettled(ContentRequestId id, MessageId message) =>
        _reads.Enqueue(store => new EndpointInput.Waiting(id, store.ReadUnsettled(message) is { } entry ? [entry] : []));

    public void ReadFormer(ContentRequestId id, Place first, ulong last, int maxIds) =>
        _reads.Enqueue(store => new EndpointInput.Former(id, [.. store.ReadFormer(first, last, maxIds)]));

    public void ReadOutboxPart(ContentRequestId id, MessageId message, long offset, int length) =>
        _reads.Enqueue(store => new EndpointInput.Content(id, store.ReadOutboxPart(message, offset, length)));

    public void ReadPartialPart(ContentRequestId id, Place place, long offset, int length) =>
        _reads.Enqueue(store => new EndpointInput.Content(id, store.ReadPartialPart(place, offset, length)));

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        byte[] copy = message.ToArray();
        Urgent(new KeyWork(() =>
        {
            byte[] signature = new byte[Ed25519.SignatureBytes];
            _identity.Sign(copy, signature);
            _inbox.Post(new EndpointInput.Signed(id, signature));
        }));
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        byte[] text = message.ToArray();
        byte[] claimed = signature.ToArray();
        Urgent(new KeyWork(() =>
        {
            bool valid = false;
            try
            {
                valid = _keys.Verify(signer, text, claimed);
            }
            finally
            {
                // Every request is answered: an unanswered one would hold its place for ever.
                _inbox.Post(new EndpointInput.Verified(id, valid));
            }
        }));
    }

    public void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message) => _ = TrySend(path, firstHop, message, loop: null);

    public bool SendLoop(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, MessageId about) => TrySend(path, firstHop, message, about);

    private bool TrySend(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, MessageId? loop)
    {
        WrapJob job = _jobs.Take();
        job.Set(path, firstHop, message, loop);
        if (_wraps.TryEnqueue(job))
        {
            _queued = true;
            return true;
        }

        _jobs.Return([job]);
        _overlay.Count(DropCause.CryptoQueueFull);
        return false;
    }

    /// <summary>What the core sent while it handled what was queued is wrapped now, together.</summary>
    internal void EndOfRound()
    {
        if (_queued)
        {
            _queued = false;
            _wraps.Wake();
            _anonymous.Wake();
        }
    }

    public void SubmitCompleted(long token, in SubmitOutcome outcome)
    {
        if (_submissions.Remove(token, out TaskCompletionSource<SubmitOutcome>? waiting))
        {
            waiting.TrySetResult(outcome);
        }
    }

    public void InboxReady(ulong position) => _ready.Raise();

    /// <summary>After the core's last input: whoever still waits is told that it wasn't accepted as far as is known.</summary>
    internal void Abandon()
    {
        foreach (TaskCompletionSource<SubmitOutcome> waiting in _submissions.Values)
        {
            waiting.TrySetResult(SubmitOutcome.Refused(SubmitRefusal.Stopping));
        }

        _submissions.Clear();
        AbandonPings();
        AbandonConsumers();
    }

    /// <summary>The core has few such requests under way, fewer than the queue holds; a lost one would hang a message, so it is waited for.</summary>
    private void Urgent(IWorkItem work)
    {
        var patience = new SpinWait();
        while (!_overlay.Workers.TryEnqueueUrgent(work))
        {
            if (_overlay.Workers.IsStopped)
            {
                return;
            }

            patience.SpinOnce();
        }
    }

    /// <summary>On a worker's thread.</summary>
    private void LoopDropped(MessageId loop) => _inbox.Post(new EndpointInput.LoopDropped(loop));

    private sealed class KeyWork(Action action) : IWorkItem
    {
        public void Execute() => action();
    }
}
