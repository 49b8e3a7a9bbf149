using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Audit;

/// <summary>
/// The audit trail of a node: what happened to links, under the operator's own names for peers, and nothing else. Events are handed
/// over at once and written by a task of its own; members are thread-safe but for <see cref="Open"/> and <see cref="RunAsync"/>.
/// </summary>
internal sealed class AuditTrail : IDisposable
{
    /// <summary>Subject of connections whose peer isn't known. Peers' names aren't empty.</summary>
    private const string Strangers = "";

    /// <summary>Subject of the node itself and its listeners. Peers' names have no colon.</summary>
    private const string Own = ":node";

    /// <summary>How long a count of suppressed lines waits for a line to come before.</summary>
    private static readonly TimeSpan SayAfter = TimeSpan.FromSeconds(60);

    /// <summary>Between tries of a disk that refuses.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    /// <summary>Full mode: the writer never waits; what doesn't fit is counted as suppressed.</summary>
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(1_024) { SingleReader = true });

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly AuditFile? _file;
    private readonly AuditRate _rate;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private bool _failing;
    private long _saidAt;

    /// <param name="configuration">Without a file nothing is recorded.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal AuditTrail(AuditConfiguration configuration, TimeProvider time, ILogger log)
    {
        _file = configuration.File is null ? null : new AuditFile(configuration);
        _rate = new AuditRate(configuration.LinesPerMinute, time);
        _time = time;
        _log = log;
        _saidAt = time.GetTimestamp();
    }

    /// <summary>The newest line on disk; null: there is no trail. An operator who notes it elsewhere can prove later that nothing was cut off.</summary>
    internal AuditHead? Head { get; private set; }

    public void Dispose()
    {
        _file?.Dispose();
        _ending.Dispose();
    }

    /// <summary>Takes up the trail; once, before anything is recorded.</summary>
    /// <exception cref="IOException">It can't be written: a node that must keep one doesn't start without.</exception>
    internal void Open()
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            _file.Open(_time.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The audit trail (setting audit:file) can't be written: {e.Message}", e);
        }

        ShowFound();
    }

    /// <summary>The node starts or stops. Never suppressed.</summary>
    internal void Node(AuditEventKind kind) => Enqueue(new Entry(_time.GetUtcNow(), kind, Own, ""), isLimited: false);

    /// <summary>A listener opened or closed.</summary>
    /// <param name="opened">Which of the two.</param>
    /// <param name="role">Which listener.</param>
    internal void Listener(bool opened, string role) =>
        Enqueue(new Entry(_time.GetUtcNow(), opened ? AuditEventKind.ListenerOpened : AuditEventKind.ListenerClosed, Own, $"listener={role}"));

    /// <summary>Something happened to a link, or to a connection that might have become one.</summary>
    /// <param name="kind">What.</param>
    /// <param name="peer">The peer's configured name; null: not known.</param>
    /// <param name="further">Fields, such as <c>reason=goodbye</c>; of closed sets of words.</param>
    internal void Link(AuditEventKind kind, string? peer, string further = "") =>
        Enqueue(new Entry(_time.GetUtcNow(), kind, peer ?? Strangers, further));

    /// <summary>No more comes; <see cref="RunAsync"/> writes what waits and ends.</summary>
    internal void Complete()
    {
        _entries.Writer.TryComplete();
        _ending.Cancel();
    }

    /// <summary>Writes until <see cref="Complete"/>; never throws. While the disk refuses, links go on: what isn't written is counted and said later.</summary>
    internal async Task RunAsync()
    {
        await Task.Yield();
        if (_file is null)
        {
            return;
        }

        while (true)
        {
            bool more;
            using (var patience = new CancellationTokenSource(SayAfter, _time))
            {
                try
                {
                    more = await _entries.Reader.WaitToReadAsync(patience.Token);
                }
                catch (OperationCanceledException)
                {
                    more = true;
                }
            }

            WriteBatch();
            if (!more || (_failing && _ending.IsCancellationRequested))
            {
                return;
            }

            if (_failing)
            {
                await Task.Delay(Retry, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Enqueue(Entry entry, bool isLimited = true)
    {
        if (_file is null)
        {
            return;
        }

        lock (_lock)
        {
            long suppressed = 0;
            if (isLimited && !_rate.TryTake(entry.Subject, out suppressed))
            {
                return;
            }

            if (!_entries.Writer.TryWrite(entry with { SuppressedBefore = suppressed }))
            {
                _rate.Suppress(entry.Subject, suppressed + 1);
            }
        }
    }

    private void WriteBatch()
    {
        var lost = new List<(string Subject, long Count)>();
        try
        {
            if (_failing)
            {
                _file!.Open(_time.GetUtcNow());
                ShowFound();
            }

            while (_entries.Reader.TryRead(out var entry))
            {
                lost.Add((entry.Subject, entry.SuppressedBefore + 1));
                if (entry.SuppressedBefore > 0)
                {
                    AppendSuppressed(entry.Time, entry.Subject, entry.SuppressedBefore);
                }

                _file!.Append(entry.Time, entry.Kind, Fields(entry.Subject, entry.Further));
            }

            if (_time.GetElapsedTime(_saidAt) >= SayAfter || _entries.Reader.Completion.IsCompleted)
            {
                SaySuppressed(lost);
            }

            _file!.Sync();
            Head = new AuditHead(_file.LastNumber, Convert.ToHexStringLower(_file.LastHash));
            if (_failing)
            {
                _failing = false;
                Log.AuditGoesOn(_log);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e, lost);
        }
    }

    private void SaySuppressed(List<(string Subject, long Count)> lost)
    {
        List<(string Subject, long Count)> all;
        lock (_lock)
        {
            all = _rate.TakeSuppressed();
        }

        lost.AddRange(all);
        _saidAt = _time.GetTimestamp();
        foreach (var (subject, count) in all)
        {
            AppendSuppressed(_time.GetUtcNow(), subject, count);
        }
    }

    private void AppendSuppressed(DateTimeOffset time, string subject, long count) =>
        _file!.Append(time, AuditEventKind.Suppressed, Fields(subject, string.Create(CultureInfo.InvariantCulture, $"{(subject is Own ? "of=node " : subject is Strangers ? "of=strangers " : "")}count={count}")));

    /// <summary>Whether the lines of the batch reached the disk isn't known, so all of them count as lost: rather twice than never.</summary>
    private void Fail(Exception e, List<(string Subject, long Count)> lost)
    {
        lock (_lock)
        {
            foreach (var (subject, count) in lost)
            {
                _rate.Suppress(subject, count);
            }
        }

        if (!_failing)
        {
            _failing = true;
            Log.AuditNotWritten(_log, e.GetType().Name);
        }
    }

    private void ShowFound()
    {
        Head = new AuditHead(_file!.LastNumber, Convert.ToHexStringLower(_file.LastHash));
        if (_file.Found is { } found)
        {
            Log.AuditSetAside(_log, found);
        }
    }

    private static string Fields(string subject, string further)
    {
        var peer = subject is Strangers or Own ? "" : $"peer={subject}";
        return peer.Length > 0 && further.Length > 0 ? $"{peer} {further}" : peer + further;
    }

    private readonly record struct Entry(DateTimeOffset Time, AuditEventKind Kind, string Subject, string Further, long SuppressedBefore = 0);
}
