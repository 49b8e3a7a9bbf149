using System.Diagnostics.Metrics;
using System.Text;

namespace MixMq.Transport.Metrics;

/// <summary>
/// Gathers the histograms and observable instruments of one meter and writes them as Prometheus text (exposition format 0.0.4), named as OpenTelemetry maps its names
/// to Prometheus': dots become underscores, units and <c>total</c> are appended. Thread-safe.
/// </summary>
/// <remarks>
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/ and OpenTelemetry's "Prometheus and OpenMetrics Compatibility". Written here because no exporter
/// for the text can be had that a float, which takes no package, could use.
/// </remarks>
internal sealed class MeterText : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(Instrument Instrument, HistogramSeries? Histogram, ObservedSeries? Observed)> _instruments = [];
    private readonly MeterListener _listener = new();

    internal MeterText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                listener.EnableMeasurementEvents(instrument, Add(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, series) => Take(value, labels, series));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, series) => Take(value, labels, series));
        _listener.Start();
    }

    /// <summary>Asks the observable instruments and writes all.</summary>
    internal string Format()
    {
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var (_, _, observed) in _instruments)
            {
                observed?.Clear();
            }

            _listener.RecordObservableInstruments();
            foreach (var (instrument, histogram, observed) in _instruments)
            {
                var name = NameOf(instrument);
                text.Append("# HELP ").Append(name).Append(' ').Append(instrument.Description).Append("\n# TYPE ").Append(name).Append(' ')
                    .Append(histogram is not null ? "histogram" : IsCounter(instrument) ? "counter" : "gauge").Append('\n');
                histogram?.Append(text, name);
                observed?.Append(text, name);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>The name in the text.</summary>
    internal static string NameOf(Instrument instrument)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        return instrument.Name.Replace('.', '_') + unit + (IsCounter(instrument) ? "_total" : "");
    }

    private static bool IsCounter(Instrument instrument) => instrument is ObservableCounter<long>;

    private object Add(Instrument instrument)
    {
        var histogram = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } ? new HistogramSeries(bounds) : null;
        var observed = histogram is null ? new ObservedSeries() : null;
        lock (_lock)
        {
            _instruments.Add((instrument, histogram, observed));
        }

        return (object?)histogram ?? observed!;
    }

    private static void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? series)
    {
        switch (series)
        {
            case HistogramSeries histogram:
                histogram.Record(value);
                break;
            case ObservedSeries observed:
                observed.Add(value, labels);
                break;
        }
    }
}
