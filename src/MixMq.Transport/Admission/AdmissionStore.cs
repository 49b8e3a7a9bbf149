using System.Collections.Immutable;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MixMq.Overlay.Admission;
using MixMq.Transport.Files;

namespace MixMq.Transport.Admission;

/// <summary>
/// What the authorities have said, as the node holds it, in one file of the data directory; written off the scheduler's thread. Full mode of
/// its channel is DropOldest: each state takes the place of those before.
/// </summary>
internal sealed class AdmissionStore
{
    internal const string FileName = "admission";
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);
    private readonly Channel<ImmutableArray<AuthorityStatement>> _states = Channel.CreateBounded<ImmutableArray<AuthorityStatement>>(
        new BoundedChannelOptions(4) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    internal AdmissionStore(string dataDirectory, TimeProvider time, ILogger log)
    {
        _path = Path.Combine(dataDirectory, FileName);
        _time = time;
        _log = log;
    }

    /// <summary>What was stored last; empty when there is no file yet.</summary>
    /// <exception cref="IOException">The file is there but can't be understood.</exception>
    internal ImmutableArray<AuthorityStatement> Load()
    {
        if (!File.Exists(_path))
        {
            return [];
        }

        return StatementFile.TryReadAll(_path, out var statements, out var error)
            ? statements
            : throw new IOException($"{error}; if it is damaged, remove it: the node then learns of revocations and newer parameters from its neighbours");
    }

    internal void Enqueue(ImmutableArray<AuthorityStatement> statements) => _states.Writer.TryWrite(statements);

    /// <summary>Runs until stopped; never throws. While the disk refuses, the node goes on with what it knows.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.Yield();
            while (true)
            {
                var statements = await _states.Reader.ReadAsync(stop);
                while (!TryStore(statements))
                {
                    await Task.Delay(Retry, _time, stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped: what still waits is written, for it may be a revocation.
            if (_states.Reader.TryRead(out var last))
            {
                _ = TryStore(last);
            }
        }
    }

    private bool TryStore(ImmutableArray<AuthorityStatement> statements)
    {
        try
        {
            AtomicFile.Replace(_path, Encoding.ASCII.GetBytes(StatementFile.Format(statements)), durable: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotStored(_log, e.GetType().Name);
            return false;
        }
    }
}
