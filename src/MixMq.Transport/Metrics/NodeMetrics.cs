using System.Diagnostics.Metrics;

namespace MixMq.Transport.Metrics;

/// <summary>
/// The figures of one node or float, under the meter <c>MixMq</c>: totals and distributions. No instrument has a label that names a peer, a correspondent, an address or
/// a conversation. Observable instruments say what the last collection found. Thread-safe.
/// </summary>
public sealed class NodeMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "MixMq";

    private readonly List<Func<Task>> _sources = [];
    private readonly SemaphoreSlim _collecting = new(1);
    private readonly MeterText _text;

    /// <summary>Without instruments.</summary>
    public NodeMetrics()
    {
        Meter = new Meter(MeterName);
        _text = new MeterText(Meter);
    }

    /// <summary>Where instruments are made: histograms with advice, observable counters and gauges.</summary>
    public Meter Meter { get; }

    /// <summary>Something that observable instruments tell of; it is brought up to date at each collection. Before the start.</summary>
    public void AddSource(Func<Task> refresh) => _sources.Add(refresh);

    /// <summary>Brings all up to date and writes it as Prometheus text.</summary>
    /// <exception cref="InvalidOperationException">The node has not been started, or has ended.</exception>
    public async Task<string> CollectAsync()
    {
        await _collecting.WaitAsync();
        try
        {
            foreach (var refresh in _sources)
            {
                await refresh();
            }

            return _text.Format();
        }
        finally
        {
            _collecting.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        Meter.Dispose();
    }
}
